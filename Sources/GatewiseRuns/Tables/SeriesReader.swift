import Gatewise

/// Makes inputs and targets out of the rows of a series, some steps at a time.
struct SeriesReader: Sendable {
  let encoding: ForecastEncoding
  let layout: SeriesLayout
  let rows: any RowStorage
  /// The number of the rows' columns; without targets that are no inputs, it may be less than the layout's.
  private let width: Int
  /// The rows of the steps that were read last, one before them where there is one, and those that are forecast.
  private var values: [Double] = []
  /// The place in `values` of the first step's row, and of the row that it forecasts.
  private var (firstRow, firstForecast) = (0, 0)
  /// Whether a row lies before the first step.
  private var hasPrevious = false

  init(_ rows: any RowStorage, encoding: ForecastEncoding) {
    (self.rows, self.encoding, layout) = (rows, encoding, encoding.layout)
    width = rows.columnCount
  }

  /// Reads steps, each the row of its number. Allocates nothing where it has read as many before.
  ///
  /// - Parameters:
  ///   - steps: Which ones.
  ///   - hasTargets: Whether the rows that they forecast are read, too; all of them exist then.
  /// - Throws: what reading rows throws.
  mutating func read(_ steps: Range<Int>, hasTargets: Bool) throws(GatewiseError) {
    let horizon = layout.horizon
    hasPrevious = steps.lowerBound > 0
    firstRow = hasPrevious ? 1 : 0
    // Rows far ahead are read by themselves.
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

  /// The value of a column at a step, counted from the first that was read.
  @inline(__always)
  func value(_ step: Int, column: Int) -> Double { values[(firstRow + step) * width + column] }

  /// The value from which a target's change counts at a step; 0 for a target that is forecast as a level.
  @inline(__always)
  func now(_ step: Int, target k: Int) -> Double { layout.isChange(k) ? value(step, column: layout.targets[k]) : 0 }

  /// The value of a target at the row that a step forecasts.
  @inline(__always)
  func later(_ step: Int, target k: Int) -> Double {
    values[(firstForecast + step) * width + layout.targets[k]]
  }

  /// Writes a step's inputs: the columns, standardized, then the last changes; that of the series' first row is 0.
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

  /// Writes the outputs that would forecast exactly.
  @inline(__always)
  func putTargets<S: Scalar>(of step: Int, into targets: inout [S], at position: Int) {
    for k in layout.targets.indices {
      let value = later(step, target: k) - (layout.isChange(k) ? now(step, target: k) : 0)
      targets[position + k] = S(encoding.targets.standardized(value, column: k))
    }
  }
}
