/// The forward pass of one layer over a window by the tile: per step all four gates' pre-activations are one product
/// [x_t, y_{t-1}]·[W; R] + b, with the gate arithmetic behind it (Equations, Forward).
struct TileForward<S: Scalar> {
  let packing: SequencePacking
  let split: WorkSplit
  /// H
  let hiddenSize: Int
  /// What feeds the layer.
  let input: Input
  /// W, R and b packed, W and R as `storage` says.
  let packed: UnsafePointer<S>
  let storage: WeightStorage
  /// Rows as codes for int8 weights: `codesCount` elements for every task.
  let codes: UnsafeMutablePointer<S>
  let codesCount: Int
  /// Whether step 0 takes the panels from the last to the first, and every other step with it.
  let reverses: Bool
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: activations out; nil where nobody wants them.
  let gates: UnsafeMutablePointer<S>?
  /// `[N, 4H]` and at least `WorkSplit.rowsAhead` rows: x·W + b where it is made ahead and `gates` is nil.
  let ahead: UnsafeMutablePointer<S>
  /// `[N + rows, H]`, or `[N, H]` where only the last state is wanted.
  let cells: UnsafeMutablePointer<S>
  let keepsCells: Bool
  /// `[N, H]`: h before the first step.
  let initialHidden: UnsafePointer<S>
  /// `[rows, H]`
  let hidden: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  enum Input {
    /// x `[rows, I]` and I.
    case dense(UnsafePointer<S>, Int)
    /// Tokens `[rows]`, W `[I, 4H]` and b `[4H]`.
    case tokens(UnsafePointer<Int32>, UnsafePointer<S>, UnsafePointer<S>)
  }

  /// Runs the pass on a team.
  ///
  /// - Parameter wakes: whether threads that sleep are woken for it.
  func run(on team: ThreadTeam?, wakes: Bool) {
    guard split.unitParts > 1 else {
      let job = SequenceBlock(layer: self)
      return team.run(job, tasks: split.blocks(packing), wakes: wakes)
    }
    for start in stride(from: 0, to: packing.steps, by: split.stepsAhead) {
      let steps = start..<min(packing.steps, start + split.stepsAhead)
      if split.stepsAhead > 1 {
        team.run(UnitInputs(layer: self, steps: steps), tasks: split.unitParts, wakes: wakes)
      }
      for t in steps {
        team.run(UnitStep(layer: self, t: t, firstAhead: start), tasks: split.unitParts, wakes: wakes)
      }
    }
  }

  /// Runs the passes of a layer's two directions side by side.
  static func run(_ forward: TileForward, beside reverse: TileForward, on team: ThreadTeam?, wakes: Bool) {
    let job = BothDirections(
      first: SequenceBlock(layer: forward), second: SequenceBlock(layer: reverse),
      tasksOfFirst: forward.split.blocks(forward.packing))
    team.run(job, tasks: 2 * job.tasksOfFirst, wakes: wakes)
  }

  /// A block of sequences over all steps.
  private struct SequenceBlock: TeamJob, @unchecked Sendable {
    let layer: TileForward

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      let (packing, split) = (layer.packing, layer.split)
      let first = task * split.sequencesPerBlock
      let units = 0..<layer.hiddenSize
      for start in stride(from: 0, to: packing.steps, by: split.stepsAhead) {
        let steps = start..<min(packing.steps, start + split.stepsAhead)
        if split.stepsAhead > 1 { layer.inputs(steps, units: units, task: task) }
        for t in steps {
          let count = min(split.sequencesPerBlock, packing.active[t] - first)
          if count <= 0 { return }
          layer.step(t, firstAhead: start, sequences: first..<first + count, units: units, task: task)
        }
      }
    }
  }

  /// The input products of some steps for a part of the units.
  private struct UnitInputs: TeamJob, @unchecked Sendable {
    let layer: TileForward
    let steps: Range<Int>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) { layer.inputs(steps, units: layer.units(task), task: task) }
  }

  /// One step of all sequences for a part of the units.
  private struct UnitStep: TeamJob, @unchecked Sendable {
    let layer: TileForward
    let t: Int
    let firstAhead: Int

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      layer.step(
        t, firstAhead: firstAhead, sequences: 0..<layer.packing.active[t], units: layer.units(task), task: task)
    }
  }

  private func units(_ part: Int) -> Range<Int> {
    kernels.part(part, of: split.unitParts, ofUnits: hiddenSize)
  }

  /// Where x·W + b of a row is made ahead; row `base` is the first that is there.
  private func aheadRow(_ row: Int, from base: Int) -> UnsafeMutablePointer<S> {
    gates.map { $0 + row * 4 * hiddenSize } ?? ahead + (row - base) * 4 * hiddenSize
  }

  private func inputs(_ steps: Range<Int>, units: Range<Int>, task: Int) {
    guard case .dense(let x, let I) = input else { return }
    let rows = packing.offset[steps.lowerBound]..<packing.offset[steps.upperBound]
    kernels.inputProduct(
      InputProduct(
        rows: rows.count, inputs: I, hidden: hiddenSize, first: units.lowerBound, end: units.upperBound,
        x: x + rows.lowerBound * I, packed: packed, storage: storage.format,
        gates: aheadRow(rows.lowerBound, from: rows.lowerBound), scratch: codes + task * codesCount))
  }

  private func step(_ t: Int, firstAhead: Int, sequences: Range<Int>, units: Range<Int>, task: Int) {
    let H = hiddenSize
    let row = packing.offset[t] + sequences.lowerBound
    let before = keepsCells ? packing.stateRow(before: t) : 0
    let after = keepsCells ? packing.stateRow(before: t + 1) : 0
    let yPrevious =
      t == 0 ? initialHidden : UnsafePointer(hidden + packing.offset[t - 1] * H)
    let step = ForwardStep(
      rows: sequences.count, hidden: H, gates: gates.map { $0 + row * 4 * H },
      c_previous: cells + (before + sequences.lowerBound) * H, c: cells + (after + sequences.lowerBound) * H,
      h: hidden + row * H, p_i: peepholes.i, p_f: peepholes.f, p_o: peepholes.o)
    var inputsDone: UnsafePointer<S>?
    var x: (base: UnsafePointer<S>?, width: Int) = (nil, 0)
    switch input {
    case .tokens(let tokens, let weights, let bias):
      let rows = aheadRow(row, from: packing.offset[t])
      for n in 0..<sequences.count {
        gather(weights + Int(tokens[row + n]) * 4 * H, bias, units: units, into: rows + n * 4 * H)
      }
      inputsDone = UnsafePointer(rows)
    case .dense(let base, let width):
      x = (base + row * width, width)
      if split.stepsAhead > 1 { inputsDone = UnsafePointer(aheadRow(row, from: packing.offset[firstAhead])) }
    }
    kernels.recurrentStep(
      RecurrentStep(
        step: step, inputs: x.width, first: units.lowerBound, end: units.upperBound, x: x.base,
        inputs_done: inputsDone, y_previous: yPrevious + sequences.lowerBound * H, packed: packed,
        storage: storage.format, reverses: reverses == t.isMultiple(of: 2), scratch: codes + task * codesCount))
  }

  /// b + the row of W that a token stands for, the gate columns of some units.
  private func gather(
    _ weights: UnsafePointer<S>, _ bias: UnsafePointer<S>, units: Range<Int>, into row: UnsafeMutablePointer<S>
  ) {
    for gate in 0..<4 {
      let start = gate * hiddenSize + units.lowerBound
      (row + start).update(from: bias + start, count: units.count)
      kernels.add(units.count, weights + start, row + start)
    }
  }
}
