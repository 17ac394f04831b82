/// out = x·W + b over all rows of a window: the input part of all nets, or the readout; or out += x·W.
///
/// One task is `rowsPerTask` rows, whatever the number of threads. One-hot input takes a row of W instead of a product.
struct AffineProduct<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Enough rows that packing W again for every task costs little; few enough to share out.
  static var rowsPerTask: Int { 256 }

  let rows: Int
  let outputSize: Int
  let input: Input
  /// What x·W is added to.
  let start: Start
  /// `[rows, outputs]`
  let output: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  /// x and W `[inputs, outputs]`.
  enum Input {
    /// x `[rows, inputs]`.
    case dense(UnsafePointer<S>, RightFactor<S>)
    /// Tokens `[rows]`, each of which chooses a row of W.
    case tokens(UnsafePointer<Int32>, UnsafePointer<S>)
  }

  /// What x·W is added to.
  enum Start {
    /// b `[outputs]`.
    case bias(UnsafePointer<S>)
    /// Nothing.
    case zero
    /// What is there.
    case output
  }

  var tasks: Int { (rows + Self.rowsPerTask - 1) / Self.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * Self.rowsPerTask..<min(rows, (task + 1) * Self.rowsPerTask)
    for row in range {
      let out = output + row * outputSize
      switch start {
      case .bias(let bias): out.update(from: bias, count: outputSize)
      case .zero: out.update(repeating: 0, count: outputSize)
      case .output: break
      }
      if case .tokens(let tokens, let weights) = input {
        kernels.add(outputSize, weights + Int(tokens[row]) * outputSize, out)
      }
    }
    if case .dense(let x, let weights) = input {
      weights.multiply(
        MatrixView(reading: x, rows: rows, columns: weights.depth).rows(range),
        into: MatrixView(output, rows: rows, columns: outputSize).rows(range), adding: true)
    }
  }
}
