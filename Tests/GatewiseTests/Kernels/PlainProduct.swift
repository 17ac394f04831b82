@testable import Gatewise

/// start + A·B by plain loops in wide arithmetic: the oracle of the packed products.
struct PlainProduct {
  /// A matrix in memory: element (i, j) is elements[i · row + j · column].
  struct Factor {
    let elements: [Wide]
    let row: Int
    let column: Int

    /// Row-major with `width` elements per row; a `width` of 0 repeats one row.
    init<S: Scalar>(_ elements: [S], width: Int) {
      (self.elements, row, column) = (elements.map(Wide.init), width, 1)
    }

    private init(_ elements: [Wide], row: Int, column: Int) {
      (self.elements, self.row, self.column) = (elements, row, column)
    }

    var transposed: Factor { Factor(elements, row: column, column: row) }
  }

  /// `[rows, columns]`
  private(set) var values: [Wide]
  /// The measure of rounding errors: the sum of the magnitudes of an element's terms.
  private(set) var magnitudes: [Wide]

  init(rows: Int, depth: Int, columns: Int, _ a: Factor, _ b: Factor, from start: Factor? = nil) {
    values = []
    magnitudes = []
    for i in 0..<rows {
      for j in 0..<columns {
        var sum = start.map { $0.elements[i * $0.row + j * $0.column] } ?? 0
        var magnitude = abs(sum)
        for k in 0..<depth {
          let term = a.elements[i * a.row + k * a.column] * b.elements[k * b.row + j * b.column]
          sum += term
          magnitude += abs(term)
        }
        values.append(sum)
        magnitudes.append(magnitude)
      }
    }
  }

  /// The largest distance of `found` from this, in ulp of the sum of magnitudes; infinite if one is NaN.
  func error<S: Scalar>(of found: [S]) -> Double {
    guard found.count == values.count else { return .infinity }
    var worst = 0.0
    for n in values.indices where Wide(found[n]) != values[n] {
      let error = Double(abs(Wide(found[n]) - values[n]) / (magnitudes[n] * Wide(S.ulpOfOne)))
      worst = error <= worst ? worst : error.isNaN ? .infinity : error
    }
    return worst
  }
}
