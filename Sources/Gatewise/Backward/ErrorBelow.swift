/// e = δ·Wᵀ over all rows of a window: the error that a layer, or the readout, sends to what feeds it.
///
/// All four gates' blocks take part, the output gate's among them (Equations, Backward). One task is a block of rows.
struct ErrorBelow<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let inputSize: Int
  let outputSize: Int
  /// `[rows, outputs]`
  let delta: UnsafePointer<S>
  /// `[inputs, outputs]`
  let weights: UnsafePointer<S>
  /// `[rows, inputs]`
  let error: UnsafeMutablePointer<S>
  /// Whether the product is added to what `error` holds.
  var adding = false

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * AffineProduct<S>.rowsPerTask..<min(rows, (task + 1) * AffineProduct<S>.rowsPerTask)
    multiply(
      MatrixView(reading: delta, rows: rows, columns: outputSize).rows(range),
      MatrixView(reading: weights, rows: inputSize, columns: outputSize), transposing: .right,
      into: MatrixView(error, rows: rows, columns: inputSize).rows(range), adding: adding)
  }
}
