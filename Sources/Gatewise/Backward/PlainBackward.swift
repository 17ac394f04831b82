/// The backward of one layer's recurrent part over a window on the plain path (Equations, Backward): per step, from
/// the last to the first, dh_t = e_t + δ_{t+1}·Rᵀ by OpenBLAS and then the gate deltas. The reference of `LayerBackward`.
///
/// The deltas take the place of the activations. One task is a block of sequences over all steps.
struct PlainBackward<S: Scalar>: TeamJob {
  let packing: SequencePacking
  let hiddenSize: Int
  /// R `[H, 4H]`; nil where no error comes back through it.
  let weights: UnsafePointer<S>?
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: activations in, δ out.
  let gates: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: e_t in, dh_t out.
  let error: UnsafeMutablePointer<S>
  /// `[N, H]`, packed: dh of the last state in, of the initial state out.
  let hiddenCarry: UnsafeMutablePointer<S>
  /// `[N, H]`, packed: dc of the last state in, of the initial state out.
  let cellCarry: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { packing.plainBlocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * packing.sequencesPerPlainBlock
    let H = hiddenSize
    for t in stride(from: packing.steps - 1, through: 0, by: -1) {
      let count = activeCount(t, from: first)
      if count == 0 { continue }
      let dh = error + (packing.offset[t] + first) * H
      let continuing = t + 1 < packing.steps ? activeCount(t + 1, from: first) : 0
      propagate(step: t + 1, first: first, count: continuing, into: dh)
      // A sequence that ends here takes up the error of its last state.
      if continuing < count {
        kernels.add((count - continuing) * H, hiddenCarry + (first + continuing) * H, dh + continuing * H)
      }
      let a = gates + (packing.offset[t] + first) * 4 * H
      kernels.backwardStep(
        BackwardStep(
          rows: count, hidden: H, units: 0..<H, gates: a, delta: a,
          cPrevious: cells + (packing.stateRow(before: t) + first) * H,
          c: cells + (packing.stateRow(before: t + 1) + first) * H, dh: dh, dc: cellCarry + first * H,
          peepholes: peepholes))
    }
    // dh of the initial state is δ_1·Rᵀ; a sequence without steps passes its error through.
    guard packing.steps > 0, weights != nil else { return }
    let count = activeCount(0, from: first)
    clear(MatrixView(hiddenCarry + first * H, rows: count, columns: H))
    propagate(step: 0, first: first, count: count, into: hiddenCarry + first * H)
  }

  private func activeCount(_ t: Int, from first: Int) -> Int {
    max(0, min(packing.sequencesPerPlainBlock, packing.active[t] - first))
  }

  /// dh += δ_t·Rᵀ for the first `count` sequences of the block.
  private func propagate(step t: Int, first: Int, count: Int, into dh: UnsafeMutablePointer<S>) {
    guard count > 0, let weights else { return }
    let H = hiddenSize
    multiply(
      MatrixView(gates + (packing.offset[t] + first) * 4 * H, rows: count, columns: 4 * H),
      MatrixView(reading: weights, rows: H, columns: 4 * H), transposing: .right,
      into: MatrixView(dh, rows: count, columns: H), adding: true)
  }
}
