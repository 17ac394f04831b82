/// out = x·W + b over all rows of a window: the input part of all nets, or the readout; or out += x·W.
///
/// One task is `rowsPerTask` rows, whatever the number of threads. One-hot input takes a row of W instead of a product.
struct AffineProduct<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Enough rows that packing W again for every task costs little; few enough to share out.
  static var rowsPerTask: Int { 256 }

  let input: Input
  /// What x·W is added to.
  let start: Start
  /// `[rows, outputs]`
  let output: MatrixView<S>
  let kernels: Kernels<S>

  /// x and W `[inputs, outputs]`.
  enum Input {
    /// x `[rows, inputs]`.
    case dense(MatrixView<S>, RightFactor<S>)
    /// Tokens `[rows]`, each of which chooses a row of W.
    case tokens(VectorView<Int32>, MatrixView<S>)
  }

  /// What x·W is added to.
  enum Start {
    /// b `[outputs]`.
    case bias(VectorView<S>)
    /// Nothing.
    case zero
    /// What is there.
    case output
  }

  var tasks: Int { (output.rows + Self.rowsPerTask - 1) / Self.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * Self.rowsPerTask..<min(output.rows, (task + 1) * Self.rowsPerTask)
    for row in range {
      let out = output[row]
      switch start {
      case .bias(let bias): out.copy(from: bias)
      case .zero: out.fill(0)
      case .output: break
      }
      if case .tokens(let tokens, let weights) = input { kernels.add(weights[Int(tokens[row])], to: out) }
    }
    if case .dense(let x, let weights) = input {
      weights.multiply(x.rows(range), into: output.rows(range), adding: true)
    }
  }
}
