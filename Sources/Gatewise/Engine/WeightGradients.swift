/// dW = xᵀ·δ and, where there is a bias, db = Σ δ, over all rows of a window.
///
/// One task is a block of W's columns, and with it every sum over rows runs in one fixed order.
struct WeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Columns of a task.
  static var columnsPerTask: Int { 256 }

  /// `[rows, inputs]`, or tokens `[rows]`.
  let input: StageInput<S>
  /// `[rows, outputs]`
  let delta: MatrixView<S>
  /// `[inputs, outputs]`, overwritten.
  let weights: MatrixView<S>
  /// `[outputs]`, overwritten; nil where the bias is another job's.
  let bias: VectorView<S>?
  let kernels: Kernels<S>

  var tasks: Int { (weights.columns + Self.columnsPerTask - 1) / Self.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let columns = task * Self.columnsPerTask..<min(weights.columns, (task + 1) * Self.columnsPerTask)
    let (dW, deltas) = (weights.columns(columns), delta.columns(columns))
    switch input {
    case .rows(let input): multiply(input, deltas, transposing: .left, into: dW, adding: false)
    case .tokens(let tokens):
      dW.fill(0)
      for row in 0..<deltas.rows { kernels.add(deltas[row], to: dW[Int(tokens[row])]) }
    case .none: preconditionFailure("the input is not loaded")
    }
    guard let db = bias?[columns] else { return }
    db.fill(0)
    for row in 0..<deltas.rows { kernels.add(deltas[row], to: db) }
  }
}
