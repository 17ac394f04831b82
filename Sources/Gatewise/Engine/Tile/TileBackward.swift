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
