import Gatewise

/// A table for forecasting, split in time: the first rows for training, the last for validation.
public struct ForecastData: Sendable {
  /// The series with the encoding stored in the model file.
  public let series: ForecastSeries
  /// The columns that are left out: those without any number, such as dates, and those without a name.
  public let leftOut: [String]
  /// The first held-out row, counted from 0; the number of rows if nothing is held out.
  public let firstHeldOutRow: Int
  /// The root mean square error of the persistence forecast (no change) for each target, over the held-out rows; empty
  /// if nothing is held out.
  public let persistenceError: [Double]
  /// The standard deviation of each target over the held-out rows, in its unit (the divisor is their number); nil for a
  /// constant target.
  let heldOutDeviation: [Double?]

  /// A checksum over all numbers of the columns that are read, and the position of the split.
  let fingerprint: String

  private let path: String

  /// Prepares a table in one pass over the rows. They are read again for each batch.
  ///
  /// - Parameters:
  ///   - table: One row for each point in time, in order.
  ///   - targets: The columns to forecast.
  ///   - inputs: The input columns; all numeric ones when nil.
  ///   - horizon: How many rows ahead to forecast, at least 1: the rows up to t give the value at t + horizon.
  ///   - validationFraction: The fraction of the rows held out at the end, 0 ≤ f < 1.
  ///   - encoding: The encoding of a model to be trained further. It then determines columns and horizon.
  /// - Throws: `GatewiseError` if a column is missing, a field is not a finite number, or there are too few rows.
  public init(
    table: some SeriesTable, targets: [String], inputs: [String]? = nil, horizon: Int = 1,
    validationFraction: Double = 0.2,
    encoding: ForecastEncoding? = nil
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction must be in 0 ≤ f < 1, but is \(validationFraction).")
    }
    let horizon = encoding?.horizon ?? horizon
    let targetColumns = encoding?.targetColumns ?? targets
    guard horizon >= 1 else { throw .invalidArgument("The horizon must be at least 1 row, but is \(horizon).") }
    guard !targetColumns.isEmpty else { throw .invalidArgument("At least one target column is needed.") }
    if let twice = targetColumns.firstRepeated {
      throw .invalidArgument("The target \"\(twice)\" is named twice.")
    }
    let inputColumns = try table.inputColumns(encoding?.inputColumns ?? inputs)
    let layout = SeriesLayout(inputColumns: inputColumns, targetColumns: targetColumns, horizon: horizon)
    let rows = try table.rows(of: layout.columns)

    let split = rows.rowCount - Int((Double(rows.rowCount) * validationFraction).rounded())
    guard horizon < split - 1 else {
      throw .file(
        path: table.path,
        problem:
          "has too few rows: \(split) of \(rows.rowCount) are left to train on, and a horizon of \(horizon) needs "
          + "at least \(horizon < .max - 1 ? "\(horizon + 2)" : "as many"); choose a smaller --horizon, or more rows.")
    }
    let figures = try SeriesFigures(rows, layout, split: split)
    let fitted =
      encoding
      ?? ForecastEncoding(
        inputColumns: inputColumns, targetColumns: targetColumns, horizon: horizon, figures: figures)
    guard fitted.isFinite else {
      throw .file(path: table.path, problem: "has numbers so large that their mean or deviation is not finite.")
    }
    series = ForecastSeries(rows, encoding: fitted)
    path = table.path
    leftOut = encoding == nil && inputs == nil ? table.columns.filter { !table.isNumeric($0) } : []
    firstHeldOutRow = split
    let held = Double(rows.rowCount - split)
    persistenceError = held > 0 ? figures.squaredChanges.map { ($0 / held).squareRoot() } : []
    heldOutDeviation = figures.heldOut.map(\.deviation)
    var sum = figures.checksum
    sum.add(ModelData.forecast(encoding: fitted).json)
    sum.add([split])
    fingerprint = sum.text
  }

  /// Returns windows of the training rows: every start position once per epoch, in an order from the seed, each window
  /// beginning with the initial state.
  ///
  /// - Parameters:
  ///   - batchSize: N; reduced to the number of start positions.
  ///   - window: T, the number of rows in a window.
  /// - Throws: `GatewiseError.file` if there are too few training rows for one window.
  public func trainingSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, window: Int, seed: UInt64
  ) throws(GatewiseError) -> WindowSource<S> {
    guard batchSize > 0 else { throw .invalidArgument("The batch size must be at least 1, but is \(batchSize).") }
    guard window > 0 else { throw .invalidArgument("The window must have at least 1 row, but has \(window).") }
    let horizon = series.encoding.horizon
    let usable = firstHeldOutRow - horizon
    guard window <= usable else {
      throw .file(
        path: path,
        problem: "has too few rows: \(firstHeldOutRow) of \(series.rowCount) are left to train on, but a window of "
          + "\(window) with a horizon of \(horizon) is too long: at most \(usable) rows fit. Use "
          + "a smaller window, or more rows.")
    }
    return WindowSource(series.reader, steps: usable, batchSize: batchSize, window: window, seed: seed)
  }

  /// Returns the series as one sequence in which only the held-out rows count, in batches of `window` steps with
  /// carried state.
  ///
  /// It begins ten windows before the held-out rows, or at the first row, so that the state has settled when they come.
  ///
  /// - Returns: nil if nothing is held out.
  public func validationSource<S: Scalar>(_: S.Type = S.self, window: Int) -> SeriesSource<S>? {
    guard firstHeldOutRow < series.rowCount, window > 0 else { return nil }
    let counted = firstHeldOutRow - series.encoding.horizon
    let start = max(0, counted - 10 * min(window, counted))
    return SeriesSource(
      series.reader, steps: start..<(series.rowCount - series.encoding.horizon), firstCounted: counted, window: window)
  }
}
