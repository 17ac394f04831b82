/// dW = xᵀ·δ and, where there is a bias, db = Σ δ, over all rows of a window.
///
/// One task is a block of W's columns, and with it every sum over rows runs in one fixed order.
struct WeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Columns of a task.
  static var columnsPerTask: Int { 256 }

  let rows: Int
  let inputSize: Int
  let outputSize: Int
  /// `[rows, inputs]`, or tokens `[rows]`.
  let input: StageInput<S>
  /// `[rows, outputs]`
  let delta: UnsafePointer<S>
  /// `[inputs, outputs]`, overwritten.
  let weights: UnsafeMutablePointer<S>
  /// `[outputs]`, overwritten; nil where the bias is another job's.
  let bias: UnsafeMutablePointer<S>?
  let kernels: Kernels<S>

  var tasks: Int { (outputSize + Self.columnsPerTask - 1) / Self.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let columns = task * Self.columnsPerTask..<min(outputSize, (task + 1) * Self.columnsPerTask)
    let dW = MatrixView(weights, rows: inputSize, columns: outputSize).columns(columns)
    let deltas = MatrixView(reading: delta, rows: rows, columns: outputSize).columns(columns)
    switch input {
    case .rows(let input):
      multiply(
        MatrixView(reading: input, rows: rows, columns: inputSize), deltas, transposing: .left, into: dW, adding: false)
    case .tokens(let tokens):
      clear(dW)
      for row in 0..<rows {
        kernels.add(columns.count, deltas.base + row * deltas.stride, dW.base + Int(tokens[row]) * dW.stride)
      }
    case .none: preconditionFailure("the input is not loaded")
    }
    guard let bias else { return }
    let db = bias + columns.lowerBound
    db.update(repeating: 0, count: columns.count)
    for row in 0..<rows { kernels.add(columns.count, deltas.base + row * deltas.stride, db) }
  }
}
