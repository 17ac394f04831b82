/// The backward of one layer's recurrent part over a window, products and gate arithmetic apart (Equations, Backward):
/// per step, from the last to the first, dh_t = e_t + δ_{t+1}·Rᵀ and then the gate deltas. The reference of
/// `TileBackward` with OpenBLAS's products and, with the tile's, what runs cells that have no fused kernels.
///
/// The deltas take the place of the activations. One task is a block of sequences over all steps.
struct PlainBackward<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  /// Rᵀ `[C, H]`, or `[C, P]` where h is projected; nil where no error comes back through it.
  let recurrent: RightFactor<S>?
  /// What was dropped of y_{t-1}; nil where nothing was.
  let recurrentMask: RecurrentMask<S>?
  /// What stayed of the state before a step; nil where nothing did.
  let zoneout: Zoneout<S>?
  let gateRecurrence: GateRecurrencePass<S>?
  let arithmetic: Arithmetic
  /// What h was projected by; nil where it is the output.
  let projection: ProjectionPass<S>?
  /// Bounds of δ.
  let deltaClip: S?
  /// `[rows, C]`: activations in, δ out.
  let gates: MatrixView<S>
  /// `[N + rows, H]`
  let cells: MatrixView<S>
  /// `[rows, H]`: e_t in, dh_t out; with a projection `[rows, P]`, of its outputs.
  let error: MatrixView<S>
  /// `[N, H]`, or `[N, P]`, packed: dh of the last state in, of the initial state out.
  let hiddenCarry: MatrixView<S>
  /// `[N, H]`, packed: dc of the last state in, of the initial state out.
  let cellCarry: MatrixView<S>
  let kernels: Kernels<S>

  /// The gate arithmetic behind the products.
  enum Arithmetic {
    case fused(Peepholes<S>)
    /// With memory for `[2·N, H]`.
    case blocks(BlockCell<S>, BlockCell<S>.PeepholeErrors, MatrixView<S>)
  }

  var tasks: Int { packing.plainBlocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * packing.sequencesPerPlainBlock
    for t in stride(from: packing.steps - 1, through: 0, by: -1) {
      let count = activeCount(t, from: first)
      if count == 0 { continue }
      let dy = error.rows(from: packing.offset[t] + first, count: count)
      let continuing = t + 1 < packing.steps ? activeCount(t + 1, from: first) : 0
      propagate(step: t + 1, first: first, count: continuing, into: dy)
      // A sequence that ends here takes up the error of its last state.
      if continuing < count {
        let ended = hiddenCarry.rows(from: first + continuing, count: count - continuing)
        kernels.add(ended.elements, to: dy.from(continuing).elements)
      }
      propagateToGates(step: t + 1, first: first, count: continuing)
      let dc = cellCarry.rows(from: first, count: count)
      if let zoneout {
        addHiddenErrors(of: zoneout, first: first, to: dy.rows(0..<continuing))
        zoneout.split(packing, t, first: first, dy: dy, dc: dc)
      }
      step(
        t, first: first, dh: projection?.backward(dy, row: packing.offset[t] + first, first: first) ?? dy, dc: dc)
      zoneout?.addCellErrors(first: first, to: dc)
    }
    guard packing.steps > 0 else { return }
    // dh of the initial state is δ_0·Rᵀ; a sequence without steps passes its error through.
    let count = activeCount(0, from: first)
    if recurrent != nil {
      let dy = hiddenCarry.rows(from: first, count: count)
      dy.fill(0)
      propagate(step: 0, first: first, count: count, into: dy)
      if let zoneout { addHiddenErrors(of: zoneout, first: first, to: dy) }
    }
    propagateToGates(step: 0, first: first, count: count)
  }

  /// Adds the error that y_{t-1} gets unchanged.
  private func addHiddenErrors(of zoneout: Zoneout<S>, first: Int, to dy: MatrixView<S>) {
    kernels.add(zoneout.hiddenErrors.rows(from: first, count: dy.rows).elements, to: dy.elements)
  }

  /// `[rows, C]`: δ of y_{t-1}·R.
  private var recurrentDelta: MatrixView<S> {
    guard case .blocks(let cell, _, _) = arithmetic else { return gates }
    return cell.recurrentDelta(gates)
  }

  private func activeCount(_ t: Int, from first: Int) -> Int {
    max(0, min(packing.sequencesPerPlainBlock, packing.active[t] - first))
  }

  private func step(_ t: Int, first: Int, dh: MatrixView<S>, dc: MatrixView<S>) {
    let (row, count, H) = (packing.offset[t] + first, dh.rows, cells.columns)
    let a = gates.rows(from: row, count: count)
    let cPrevious = cells.rows(from: packing.stateRow(before: t) + first, count: count)
    let c =
      zoneout?.cells.rows(from: row, count: count)
      ?? cells.rows(from: packing.stateRow(before: t + 1) + first, count: count)
    switch arithmetic {
    case .fused(let peepholes):
      kernels.backwardStep(
        BackwardStep(
          rows: count, hidden: H, first: 0, end: H, gates: a.base, delta: a.base, c_previous: cPrevious.base,
          c: c.base, dh: dh.base, dc: dc.base, p_i: peepholes.i?.base, p_f: peepholes.f?.base,
          p_o: peepholes.o?.base, bound: Double(deltaClip ?? 0)))
    case .blocks(let cell, let peepholeErrors, let scratch):
      cell.backward(
        firstRow: row, gates: a, delta: a, cPrevious: cPrevious, c: c, dh: dh, dc: dc,
        gateErrors: gateRecurrence?.rows.rows(from: first, count: count), peepholeErrors: peepholeErrors,
        deltaClip: deltaClip, scratch: scratch.rows(from: 2 * first, count: 2))
    }
  }

  /// dy += δ_t·Rᵀ for the first `count` sequences of the block.
  private func propagate(step t: Int, first: Int, count: Int, into dy: MatrixView<S>) {
    guard count > 0, let recurrent else { return }
    let dy = dy.rows(0..<count)
    let target = recurrentMask?.rows.rows(from: first, count: count) ?? dy
    recurrent.multiply(
      recurrentDelta.rows(from: packing.offset[t] + first, count: count), into: target, adding: recurrentMask == nil)
    guard let recurrentMask else { return }
    kernels.add(recurrentMask.apply(target, packing, first: first).elements, to: dy.elements)
  }

  /// The error of the gates' activations that step t has read is δ_t·Uᵀ, or nothing where that is cut.
  private func propagateToGates(step t: Int, first: Int, count: Int) {
    guard count > 0, let gateRecurrence else { return }
    gateRecurrence.backward(recurrentDelta.rows(from: packing.offset[t] + first, count: count), first: first)
  }
}
