/// e = δ·Wᵀ over all rows of a window: the error that a layer, or the readout, sends to what feeds it.
///
/// All four gates' blocks take part, the output gate's among them (Equations, Backward). One task is a block of rows.
struct ErrorBelow<S: Scalar>: TeamJob, @unchecked Sendable {
  /// `[rows, outputs]`
  let delta: MatrixView<S>
  /// Wᵀ `[outputs, inputs]`
  let weights: RightFactor<S>
  /// `[rows, inputs]`
  let error: MatrixView<S>
  /// Whether the product is added to what `error` holds.
  var adding = false

  /// By the tile enough rows that a panel of Wᵀ, once in the cache, serves many tiles; OpenBLAS packs Wᵀ for each task.
  private var rowsPerTask: Int { weights.isPacked ? 128 : AffineProduct<S>.rowsPerTask }

  var tasks: Int { (delta.rows + rowsPerTask - 1) / rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * rowsPerTask..<min(delta.rows, (task + 1) * rowsPerTask)
    weights.multiply(delta.rows(range), into: error.rows(range), adding: adding)
  }
}
