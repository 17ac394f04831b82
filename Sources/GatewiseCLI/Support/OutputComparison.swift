import Gatewise
import GatewiseRuns

/// How outputs y `[T, N, K]` differ from those that are held to be right, over the real steps of all sequences.
struct OutputComparison {
  /// Numbers of y.
  private(set) var count = 0
  /// The root mean square of y.
  let size: Double
  /// The largest difference; NaN where one is.
  private(set) var largest = 0.0
  /// The root mean square of the differences.
  let rootMeanSquare: Double
  /// Rows of y.
  private(set) var rows = 0
  /// Rows in which the largest number stands elsewhere; nil where outputs are no classes.
  private(set) var otherClasses: Int?

  /// - Parameters:
  ///   - lengths: the steps of each sequence, `[N]`; nil where all rows are real.
  ///   - isClasses: whether the largest number of a row says something.
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

  /// Where the largest number of a row stands, counted from the row's start.
  private static func largest<S: Scalar>(of row: ArraySlice<S>) -> Int? {
    row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex }
  }

  /// Lines for a person; `name` says whose outputs these are.
  func text(of name: String) -> String {
    guard size.isFinite, rootMeanSquare.isFinite else {
      return "\(name) beside full ones: y holds NaN or infinity, which nothing can be compared with."
    }
    guard count > 0 else { return "\(name) beside full ones: y has no numbers to compare." }
    var lines = [
      "\(name) beside full ones: \(count) numbers of y, root mean square \(Format.significant(size, digits: 3))",
      line("largest difference", largest),
      line("root mean square of differences", rootMeanSquare),
    ]
    if let otherClasses {
      let share = Format.significant(100 * Double(otherClasses) / Double(rows), digits: 2)
      lines.append(
        Columns.line([
          .left("  most likely class", Self.width), .left("another in \(otherClasses) of \(rows) rows, \(share) %", 1),
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
