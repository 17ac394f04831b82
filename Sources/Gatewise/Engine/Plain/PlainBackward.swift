/// The backward of one layer's recurrent part over a window, products and gate arithmetic apart (Equations, Backward):
/// per step, from the last to the first, dh_t = e_t + δ_{t+1}·Rᵀ and then the gate deltas. The reference of
/// `TileBackward` with OpenBLAS's products and, with the tile's, what runs cells that have no fused kernels.
///
/// The deltas take the place of the activations. One task is a block of sequences over all steps.
struct PlainBackward<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let hiddenSize: Int
  /// C
  let columns: Int
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
  let gates: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: e_t in, dh_t out; with a projection `[rows, P]`, of its outputs.
  let error: UnsafeMutablePointer<S>
  /// `[N, H]`, or `[N, P]`, packed: dh of the last state in, of the initial state out.
  let hiddenCarry: UnsafeMutablePointer<S>
  /// `[N, H]`, packed: dc of the last state in, of the initial state out.
  let cellCarry: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  /// The gate arithmetic behind the products.
  enum Arithmetic {
    case fused(Peepholes<S>)
    /// With memory for `[N, 2, H]`.
    case blocks(BlockCell<S>, BlockCell<S>.PeepholeErrors, UnsafeMutablePointer<S>)
  }

  /// P where there is a projection, else H.
  private var outputSize: Int { projection?.size ?? hiddenSize }

  var tasks: Int { packing.plainBlocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * packing.sequencesPerPlainBlock
    let P = outputSize
    for t in stride(from: packing.steps - 1, through: 0, by: -1) {
      let count = activeCount(t, from: first)
      if count == 0 { continue }
      let dy = error + (packing.offset[t] + first) * P
      let continuing = t + 1 < packing.steps ? activeCount(t + 1, from: first) : 0
      propagate(step: t + 1, first: first, count: continuing, into: dy)
      // A sequence that ends here takes up the error of its last state.
      if continuing < count {
        kernels.add((count - continuing) * P, hiddenCarry + (first + continuing) * P, dy + continuing * P)
      }
      propagateToGates(step: t + 1, first: first, count: continuing)
      let dc = cellCarry + first * hiddenSize
      if let zoneout {
        kernels.add(continuing * P, zoneout.hiddenErrors + first * P, dy)
        zoneout.split(packing, t, first: first, count: count, hidden: hiddenSize, output: P, dy: dy, dc: dc)
      }
      step(
        t, first: first, count: count,
        dh: projection?.backward(dy, row: packing.offset[t] + first, first: first, count: count) ?? dy)
      zoneout?.addCellErrors(first: first, count: count, hidden: hiddenSize, to: dc)
    }
    guard packing.steps > 0 else { return }
    // dh of the initial state is δ_1·Rᵀ; a sequence without steps passes its error through.
    let count = activeCount(0, from: first)
    if recurrent != nil {
      clear(MatrixView(hiddenCarry + first * P, rows: count, columns: P))
      propagate(step: 0, first: first, count: count, into: hiddenCarry + first * P)
      if let zoneout { kernels.add(count * P, zoneout.hiddenErrors + first * P, hiddenCarry + first * P) }
    }
    propagateToGates(step: 0, first: first, count: count)
  }

  /// `[rows, C]`: δ of y_{t-1}·R.
  private var recurrentDelta: UnsafePointer<S> {
    guard case .blocks(let cell, _, _) = arithmetic else { return UnsafePointer(gates) }
    return cell.recurrentDelta(gates)
  }

  private func activeCount(_ t: Int, from first: Int) -> Int {
    max(0, min(packing.sequencesPerPlainBlock, packing.active[t] - first))
  }

  private func step(_ t: Int, first: Int, count: Int, dh: UnsafePointer<S>) {
    let H = hiddenSize
    let a = gates + (packing.offset[t] + first) * columns
    let cPrevious = cells + (packing.stateRow(before: t) + first) * H
    let c =
      zoneout.map { UnsafePointer($0.cells + (packing.offset[t] + first) * H) }
      ?? cells + (packing.stateRow(before: t + 1) + first) * H
    switch arithmetic {
    case .fused(let peepholes):
      kernels.backwardStep(
        BackwardStep(
          rows: count, hidden: H, first: 0, end: H, gates: a, delta: a, c_previous: cPrevious, c: c, dh: dh,
          dc: cellCarry + first * H, p_i: peepholes.i, p_f: peepholes.f, p_o: peepholes.o,
          bound: Double(deltaClip ?? 0)))
    case .blocks(let cell, let peepholeErrors, let scratch):
      cell.backward(
        rows: count, firstRow: packing.offset[t] + first, gates: a, delta: a, cPrevious: cPrevious, c: c, dh: dh,
        dc: cellCarry + first * H,
        gateErrors: gateRecurrence.map { UnsafePointer($0.rows + first * $0.count) }, peepholeErrors: peepholeErrors,
        deltaClip: deltaClip, scratch: scratch + 2 * first * H)
    }
  }

  /// dy += δ_t·Rᵀ for the first `count` sequences of the block.
  private func propagate(step t: Int, first: Int, count: Int, into dy: UnsafeMutablePointer<S>) {
    guard count > 0, let recurrent else { return }
    let P = outputSize
    let target = recurrentMask.map { $0.rows + first * P } ?? dy
    recurrent.multiply(
      MatrixView(reading: recurrentDelta + (packing.offset[t] + first) * columns, rows: count, columns: columns),
      into: MatrixView(target, rows: count, columns: P), adding: recurrentMask == nil)
    guard let recurrentMask else { return }
    kernels.add(count * P, recurrentMask.apply(target, packing, first: first, count: count, width: P), dy)
  }

  /// The error of the gates' activations that step t has read is δ_t·Uᵀ, or nothing where that is cut.
  private func propagateToGates(step t: Int, first: Int, count: Int) {
    guard count > 0, let gateRecurrence else { return }
    gateRecurrence.backward(
      MatrixView(reading: recurrentDelta + (packing.offset[t] + first) * columns, rows: count, columns: columns),
      first: first)
  }
}
