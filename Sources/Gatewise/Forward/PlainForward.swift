/// The recurrent part of one layer over a window on the plain path: per step one product y_{t-1}·R by OpenBLAS into all
/// four gates, then the gate arithmetic. The reference of `LayerForward`.
///
/// One task is a block of sequences over all steps, so that sequences never wait for each other. The block does not
/// depend on the number of threads, since the bits of OpenBLAS's products depend on their shape.
struct PlainForward<S: Scalar>: TeamJob {
  let packing: SequencePacking
  let hiddenSize: Int
  /// R `[H, 4H]`
  let weights: UnsafePointer<S>
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: x·W + b in, activations out.
  let gates: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafeMutablePointer<S>
  /// `[N, H]`: h before the first step.
  let initialHidden: UnsafePointer<S>
  /// `[rows, H]`
  let hidden: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { packing.plainBlocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (first, most) = (task * packing.sequencesPerPlainBlock, packing.sequencesPerPlainBlock)
    let (H, R) = (hiddenSize, MatrixView(reading: weights, rows: hiddenSize, columns: 4 * hiddenSize))
    for t in 0..<packing.steps {
      let count = min(most, packing.active[t] - first)
      if count <= 0 { return }
      let row = packing.offset[t] + first
      let yPrevious =
        t == 0 ? initialHidden + first * H : UnsafePointer(hidden + (packing.offset[t - 1] + first) * H)
      let a = MatrixView(gates + row * 4 * H, rows: count, columns: 4 * H)
      multiply(MatrixView(reading: yPrevious, rows: count, columns: H), R, into: a, adding: true)
      kernels.forwardStep(
        ForwardStep(
          rows: count, hidden: H, gates: a.base, cPrevious: cells + (packing.stateRow(before: t) + first) * H,
          c: cells + (packing.stateRow(before: t + 1) + first) * H, h: hidden + row * H, peepholes: peepholes))
    }
  }
}
