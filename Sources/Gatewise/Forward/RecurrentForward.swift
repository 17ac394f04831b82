/// The recurrent part of one layer over a window: per step one product y_{t-1}·R into all four gates, then the gate
/// arithmetic: by the tile with packed weights, or on the plain path by OpenBLAS with the vector kernels behind it.
///
/// One task is a block of sequences over all steps, so that sequences never wait for each other. The block does not
/// depend on the number of threads.
struct RecurrentForward<S: Scalar>: TeamJob {
  let packing: SequencePacking
  let hiddenSize: Int
  /// R `[H, 4H]`
  let weights: UnsafePointer<S>
  /// R packed for the tile; nil on the plain path.
  let packed: UnsafePointer<S>?
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: x·W + b in, activations out.
  let gates: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let hidden: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { packing.blocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * packing.sequencesPerBlock
    let (H, R) = (hiddenSize, MatrixView(reading: weights, rows: hiddenSize, columns: 4 * hiddenSize))
    for t in 0..<packing.steps {
      let count = min(packing.sequencesPerBlock, packing.active[t] - first)
      if count <= 0 { return }
      let before = packing.stateRow(before: t) + first
      let after = packing.stateRow(before: t + 1) + first
      let a = MatrixView(gates + (packing.offset[t] + first) * 4 * H, rows: count, columns: 4 * H)
      let step = ForwardStep(
        rows: count, hidden: H, gates: a.base, cPrevious: cells + before * H, c: cells + after * H,
        h: hidden + after * H, peepholes: peepholes)
      if let packed {
        kernels.packed.recurrentStep(RecurrentStep(step: step, yPrevious: hidden + before * H, packed: packed))
      } else {
        multiply(MatrixView(hidden + before * H, rows: count, columns: H), R, into: a, adding: true)
        kernels.forwardStep(step)
      }
    }
  }
}
