/// dW = xᵀ·δ and, where there is a bias, db = Σ δ, over all rows of a window.
///
/// One task is a block of W's columns, and with it every sum over rows runs in one fixed order.
struct WeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Columns of a task.
  static var columnsPerTask: Int { 256 }

  let rows: Int
  let inputSize: Int
  let outputSize: Int
  /// `[rows, inputs]`, or nil where `tokens` stands for it.
  let input: UnsafePointer<S>?
  /// `[rows]`
  let tokens: UnsafePointer<Int32>?
  /// `[rows, outputs]`
  let delta: UnsafePointer<S>
  /// `[inputs, outputs]`, overwritten.
  let weights: UnsafeMutablePointer<S>
  /// `[outputs]`, overwritten; nil where the bias is another job's.
  let bias: UnsafeMutablePointer<S>?
  let add: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void

  var tasks: Int { (outputSize + Self.columnsPerTask - 1) / Self.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let columns = task * Self.columnsPerTask..<min(outputSize, (task + 1) * Self.columnsPerTask)
    let dW = MatrixView(weights, rows: inputSize, columns: outputSize).columns(columns)
    let deltas = MatrixView(reading: delta, rows: rows, columns: outputSize).columns(columns)
    if let input {
      multiply(
        MatrixView(reading: input, rows: rows, columns: inputSize), deltas, transposing: .left, into: dW, adding: false)
    } else if let tokens {
      clear(dW)
      for row in 0..<rows {
        add(columns.count, deltas.base + row * deltas.stride, dW.base + Int(tokens[row]) * dW.stride)
      }
    }
    guard let bias else { return }
    let db = bias + columns.lowerBound
    db.update(repeating: 0, count: columns.count)
    for row in 0..<rows { add(columns.count, deltas.base + row * deltas.stride, db) }
  }
}
