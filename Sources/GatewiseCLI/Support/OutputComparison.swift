import Gatewise
import GatewiseRuns

/// The differences between outputs y `[T, N, K]` and reference outputs, over the unpadded steps of all sequences.
struct OutputComparison {
  /// The number of elements of y.
  private(set) var count = 0
  /// The root mean square of y.
  let size: Double
  /// The largest difference; NaN if a difference is NaN.
  private(set) var largest = 0.0
  /// The root mean square of the differences.
  let rootMeanSquare: Double
  /// The number of rows of y.
  private(set) var rows = 0
  /// The number of rows whose largest element has another index; nil if the outputs are not classes.
  private(set) var otherClasses: Int?

  /// Compares two outputs of the same shape.
  ///
  /// - Parameters:
  ///   - lengths: the number of steps of each sequence, `[N]`; nil if there is no padding.
  ///   - isClasses: whether the outputs are classes, so that the index of a row's largest element matters.
  init<S: Scalar>(_ found: Tensor<S>, with right: Tensor<S>, lengths: [Int]?, isClasses: Bool) {
    let (T, N, K) = (right.shape[0], right.shape[1], right.shape[2])
    var (squares, squaresOfDifferences) = (0.0, 0.0)
    if isClasses { otherClasses = 0 }
    for t in 0..<T {
      for n in 0..<N where t < lengths?[n] ?? T {
        let row = (t * N + n) * K..<(t * N + n + 1) * K
        for (a, b) in zip(found.elements[row], right.elements[row]) {
          let difference = abs(Double(a) - Double(b))
          largest = difference <= largest ? largest : difference
          squares += Double(b) * Double(b)
          squaresOfDifferences += difference * difference
        }
        if isClasses, Self.largest(of: found.elements[row]) != Self.largest(of: right.elements[row]) {
          otherClasses! += 1
        }
        rows += 1
      }
    }
    count = rows * K
    size = (squares / Double(max(count, 1))).squareRoot()
    rootMeanSquare = (squaresOfDifferences / Double(max(count, 1))).squareRoot()
  }

  /// Returns the index of the largest element, counted from the start of the row.
  private static func largest<S: Scalar>(of row: ArraySlice<S>) -> Int? {
    row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex }
  }

  /// Returns the comparison as lines of text; `name` describes the weights that gave the outputs.
  func text(of name: String) -> String {
    guard size.isFinite, rootMeanSquare.isFinite else {
      return "\(name) compared with full weights: y contains NaN or infinity and cannot be compared."
    }
    guard count > 0 else { return "\(name) compared with full weights: y has no elements to compare." }
    var lines = [
      "\(name) compared with full weights: \(count) elements of y, "
        + "root mean square \(Format.significant(size, digits: 3))",
      line("largest difference", largest),
      line("root mean square of differences", rootMeanSquare),
    ]
    if let otherClasses {
      let share = Format.significant(100 * Double(otherClasses) / Double(rows), digits: 2)
      lines.append(
        Columns.line([
          .left("  most likely class", Self.width), .left("differs in \(otherClasses) of \(rows) rows, \(share) %", 1),
        ]))
    }
    return lines.joined(separator: "\n")
  }

  private static let width = 33

  private func line(_ name: String, _ difference: Double) -> String {
    let share = difference == 0 ? 0 : 100 * difference / size
    return Columns.line([
      .left("  \(name)", Self.width), .right(Format.significant(difference, digits: 3), 9),
      .left("\(Format.significant(share, digits: 2)) % of that", 1),
    ])
  }
}
