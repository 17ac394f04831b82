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
  let packed: VectorView<S>
  let storage: WeightStorage
  /// Rows as codes for int8 weights: `codesCount` elements for every task.
  let codes: VectorView<S>
  let codesCount: Int
  /// Whether step 0 takes the panels from the last to the first, and every other step with it.
  let reverses: Bool
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: activations out; nil where they are not needed.
  let gates: MatrixView<S>?
  /// `[N, 4H]` and at least `WorkSplit.rowsAhead` rows: x·W + b where it is made ahead and `gates` is nil.
  let ahead: MatrixView<S>
  /// `[N + rows, H]`, or `[N, H]` where only the last state is wanted.
  let cells: MatrixView<S>
  let keepsCells: Bool
  /// `[N, H]`: h before the first step.
  let initialHidden: MatrixView<S>
  /// `[rows, H]`
  let hidden: MatrixView<S>
  let kernels: Kernels<S>

  enum Input {
    /// x `[rows, I]`.
    case dense(MatrixView<S>)
    /// Tokens `[rows]`, W `[I, 4H]` and b `[4H]`.
    case tokens(VectorView<Int32>, MatrixView<S>, VectorView<S>)
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

  /// Where x·W + b of the rows from `row` on is made ahead; row `base` is the first that is there.
  private func aheadRows(_ row: Int, from base: Int) -> MatrixView<S> {
    gates?.from(row) ?? ahead.from(row - base)
  }

  private func inputs(_ steps: Range<Int>, units: Range<Int>, task: Int) {
    guard case .dense(let x) = input else { return }
    let rows = packing.offset[steps.lowerBound]..<packing.offset[steps.upperBound]
    kernels.inputProduct(
      InputProduct(
        rows: rows.count, inputs: x.columns, hidden: hiddenSize, first: units.lowerBound, end: units.upperBound,
        x: x.rows(rows).base, packed: packed.base, storage: storage.format,
        gates: aheadRows(rows.lowerBound, from: rows.lowerBound).base, scratch: codes.from(task * codesCount).base))
  }

  private func step(_ t: Int, firstAhead: Int, sequences: Range<Int>, units: Range<Int>, task: Int) {
    let (first, count) = (sequences.lowerBound, sequences.count)
    let row = packing.offset[t] + first
    let before = keepsCells ? packing.stateRow(before: t) : 0
    let after = keepsCells ? packing.stateRow(before: t + 1) : 0
    let yPrevious = t == 0 ? initialHidden : hidden.from(packing.offset[t - 1])
    let step = ForwardStep(
      rows: count, hidden: hiddenSize, gates: gates?.rows(from: row, count: count).base,
      c_previous: cells.rows(from: before + first, count: count).base,
      c: cells.rows(from: after + first, count: count).base, h: hidden.rows(from: row, count: count).base,
      p_i: peepholes.i?.base, p_f: peepholes.f?.base, p_o: peepholes.o?.base)
    var (x, inputsDone): (MatrixView<S>?, MatrixView<S>?)
    switch input {
    case .tokens(let tokens, let weights, let bias):
      let rows = aheadRows(row, from: packing.offset[t])
      for n in 0..<count { gather(weights[Int(tokens[row + n])], bias, units: units, into: rows[n]) }
      inputsDone = rows
    case .dense(let all):
      x = all.rows(from: row, count: count)
      if split.stepsAhead > 1 { inputsDone = aheadRows(row, from: packing.offset[firstAhead]) }
    }
    kernels.recurrentStep(
      RecurrentStep(
        step: step, inputs: x?.columns ?? 0, first: units.lowerBound, end: units.upperBound, x: x?.base,
        inputs_done: inputsDone?.base, y_previous: yPrevious.rows(from: first, count: count).base,
        packed: packed.base, storage: storage.format, reverses: reverses == t.isMultiple(of: 2),
        scratch: codes.from(task * codesCount).base))
  }

  /// b + the row of W that a token stands for, the gate columns of some units.
  private func gather(
    _ weights: VectorView<S>, _ bias: VectorView<S>, units: Range<Int>, into row: VectorView<S>
  ) {
    for gate in 0..<4 {
      let columns = gate * hiddenSize + units.lowerBound..<gate * hiddenSize + units.upperBound
      row[columns].copy(from: bias[columns])
      kernels.add(weights[columns], to: row[columns])
    }
  }
}

/// The backward of one layer's recurrent part over a window by the tile (Equations, Backward): per step, from the
/// last to the first, dh_t = e_t + δ_{t+1}·Rᵀ and then the gate deltas, which take the place of the activations.
struct TileBackward<S: Scalar> {
  let packing: SequencePacking
  let split: WorkSplit
  let hiddenSize: Int
  /// Rᵀ packed; nil where no error comes back through it.
  let recurrent: RightFactor<S>?
  let peepholes: Peepholes<S>
  /// Bounds of δ.
  let deltaClip: S?
  /// `[rows, 4H]`: activations in, δ out.
  let gates: MatrixView<S>
  /// `[N + rows, H]`
  let cells: MatrixView<S>
  /// `[rows, H]`: e_t in, dh_t out.
  let error: MatrixView<S>
  /// `[N, H]`, packed: dh of the last state in, of the initial state out.
  let hiddenCarry: MatrixView<S>
  /// `[N, H]`, packed: dc of the last state in, of the initial state out.
  let cellCarry: MatrixView<S>
  let kernels: Kernels<S>

  /// Runs the pass on a team.
  func run(on team: ThreadTeam?) {
    guard split.unitParts > 1 else {
      return team.run(SequenceBlock(layer: self), tasks: split.blocks(packing))
    }
    // A part takes its units' error from all deltas of the step behind, and needs only that error for its own deltas:
    // so the parts meet once a step.
    for t in stride(from: packing.steps - 1, through: -1, by: -1) {
      team.run(UnitStep(layer: self, t: t), tasks: split.unitParts)
    }
  }

  /// Runs the passes of a layer's two directions side by side.
  static func run(_ forward: TileBackward, beside reverse: TileBackward, on team: ThreadTeam?) {
    let job = BothDirections(
      first: SequenceBlock(layer: forward), second: SequenceBlock(layer: reverse),
      tasksOfFirst: forward.split.blocks(forward.packing))
    team.run(job, tasks: 2 * job.tasksOfFirst)
  }

  /// A block of sequences over all steps.
  private struct SequenceBlock: TeamJob, @unchecked Sendable {
    let layer: TileBackward

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      let first = task * layer.split.sequencesPerBlock
      for t in stride(from: layer.packing.steps - 1, through: -1, by: -1) {
        layer.step(t, first: first, most: layer.split.sequencesPerBlock, units: 0..<layer.hiddenSize)
      }
    }
  }

  /// One step of all sequences for a part of the units.
  private struct UnitStep: TeamJob, @unchecked Sendable {
    let layer: TileBackward
    let t: Int

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      let units = layer.kernels.part(task, of: layer.split.unitParts, ofUnits: layer.hiddenSize)
      layer.step(t, first: 0, most: layer.packing.batchSize, units: units)
    }
  }

  /// Step t of at most `most` sequences from `first` on; t = -1 is the initial state, whose dh is δ_0·Rᵀ.
  private func step(_ t: Int, first: Int, most: Int, units: Range<Int>) {
    func active(_ t: Int) -> Int {
      packing.steps > t ? max(0, min(most, packing.active[t] - first)) : 0
    }
    let (H, continuing) = (hiddenSize, active(t + 1))
    guard t >= 0 else {
      return propagate(from: 0, first: first, count: continuing, units, into: hiddenCarry.from(first), adds: false)
    }
    let count = active(t)
    if count == 0 { return }
    let dh = error.rows(from: packing.offset[t] + first, count: count)
    propagate(from: t + 1, first: first, count: continuing, units, into: dh, adds: true)
    // A sequence that ends here takes up the error of its last state.
    for n in continuing..<max(count, continuing) {
      kernels.add(hiddenCarry[first + n][units], to: dh[n][units])
    }
    let a = gates.rows(from: packing.offset[t] + first, count: count).base
    kernels.backwardStep(
      BackwardStep(
        rows: count, hidden: H, first: units.lowerBound, end: units.upperBound, gates: a, delta: a,
        c_previous: cells.rows(from: packing.stateRow(before: t) + first, count: count).base,
        c: cells.rows(from: packing.stateRow(before: t + 1) + first, count: count).base, dh: dh.base,
        dc: cellCarry.rows(from: first, count: count).base, p_i: peepholes.i?.base, p_f: peepholes.f?.base,
        p_o: peepholes.o?.base, bound: Double(deltaClip ?? 0)))
  }

  /// dh = δ_t·Rᵀ, or added to it, for the first `count` sequences of the block.
  private func propagate(
    from t: Int, first: Int, count: Int, _ units: Range<Int>, into dh: MatrixView<S>, adds: Bool
  ) {
    guard count > 0, let recurrent else { return }
    recurrent.multiply(
      gates.rows(from: packing.offset[t] + first, count: count), into: dh.rows(0..<count), part: units, adding: adds)
  }
}
