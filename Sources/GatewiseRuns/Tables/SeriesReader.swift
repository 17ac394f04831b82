import Gatewise

/// Computes inputs and targets from the rows of a series, some steps at a time.
struct SeriesReader: Sendable {
  let encoding: ForecastEncoding
  let layout: SeriesLayout
  let rows: any RowStorage
  /// The number of columns in the rows; it is less than the layout's if targets that are not inputs are missing.
  private let width: Int
  /// The rows of the steps read last, the row before them if there is one, and the rows that they forecast.
  private var values: [Double] = []
  /// The positions in `values` of the row of the first step, and of the row that it forecasts.
  private var (firstRow, firstForecast) = (0, 0)
  /// Whether a row precedes the first step.
  private var hasPrevious = false

  init(_ rows: any RowStorage, encoding: ForecastEncoding) {
    (self.rows, self.encoding, layout) = (rows, encoding, encoding.layout)
    width = rows.columnCount
  }

  /// Reads steps, one per row. Allocates nothing unless more steps are read than before.
  ///
  /// - Parameters:
  ///   - steps: The steps.
  ///   - hasTargets: Whether the rows that they forecast are read, too; all of them must exist then.
  /// - Throws: The errors of reading the rows.
  mutating func read(_ steps: Range<Int>, hasTargets: Bool) throws(GatewiseError) {
    let horizon = layout.horizon
    hasPrevious = steps.lowerBound > 0
    firstRow = hasPrevious ? 1 : 0
    // Rows far ahead are read separately.
    let isNear = hasTargets && horizon <= steps.count
    let first = (steps.lowerBound - firstRow)..<(steps.upperBound + (isNear ? horizon : 0))
    let ahead = (steps.lowerBound + horizon)..<(steps.upperBound + horizon)
    let count = first.count + (hasTargets && !isNear ? ahead.count : 0)
    if values.count < count * width { values = [Double](repeating: 0, count: count * width) }
    try rows.read(first, into: &values, at: 0)
    firstForecast = firstRow + horizon
    guard hasTargets, !isNear else { return }
    try rows.read(ahead, into: &values, at: first.count * width)
    firstForecast = first.count
  }

  /// Returns the value of a column at a step, counted from the first step read.
  @inline(__always)
  func value(_ step: Int, column: Int) -> Double { values[(firstRow + step) * width + column] }

  /// Returns the value relative to which a target's change is measured at a step; 0 for a target that is forecast as a
  /// level.
  @inline(__always)
  func now(_ step: Int, target k: Int) -> Double { layout.isChange(k) ? value(step, column: layout.targets[k]) : 0 }

  /// Returns the value of a target in the row that a step forecasts.
  @inline(__always)
  func later(_ step: Int, target k: Int) -> Double {
    values[(firstForecast + step) * width + layout.targets[k]]
  }

  /// Writes the inputs of a step: the columns, standardized, then the last changes, which are 0 in the first row of the
  /// series.
  @inline(__always)
  func putInputs<S: Scalar>(of step: Int, into inputs: inout [S], at position: Int) {
    for c in 0..<layout.inputCount {
      inputs[position + c] = S(encoding.levels.standardized(value(step, column: c), column: c))
    }
    for (k, c) in layout.changing.enumerated() {
      let change = step == 0 && !hasPrevious ? 0 : value(step, column: c) - value(step - 1, column: c)
      inputs[position + layout.inputCount + k] = S(encoding.lastChanges.standardized(change, column: k))
    }
  }

  /// Writes the exact targets of the outputs.
  @inline(__always)
  func putTargets<S: Scalar>(of step: Int, into targets: inout [S], at position: Int) {
    for k in layout.targets.indices {
      let value = later(step, target: k) - (layout.isChange(k) ? now(step, target: k) : 0)
      targets[position + k] = S(encoding.targets.standardized(value, column: k))
    }
  }
}
