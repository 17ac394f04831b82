import Gatewise

/// A table to learn forecasting from, split in time: the first rows to train on, the last to be judged on.
public struct ForecastData: Sendable {
  /// The series with the encoding that goes into the model file.
  public let series: ForecastSeries
  /// Columns without any number, such as dates, and columns without a name: they are left out.
  public let leftOut: [String]
  /// The first held-out row, counted from 0; the number of rows where nothing is held out.
  public let firstHeldOutRow: Int
  /// The root mean square error, for each target, of forecasting that nothing changes, over the held-out rows; empty
  /// where nothing is held out.
  public let persistenceError: [Double]

  private let path: String
  private let values: [[Double]]
  private let outputs: [Double]

  /// A sum over all numbers and where they are split.
  var fingerprint: String {
    var sum = Checksum()
    for column in values { sum.add(column) }
    sum.add(outputs)
    sum.add(series.inputs)
    sum.add([firstHeldOutRow])
    return sum.text
  }

  /// Prepares a table.
  ///
  /// - Parameters:
  ///   - table: One row for each point in time, in order.
  ///   - targets: The columns to forecast.
  ///   - inputs: The columns to feed the model with; all numeric ones when nil.
  ///   - horizon: How many rows ahead to forecast, at least 1: the rows up to t give the value at t + horizon.
  ///   - validationFraction: The part of the rows held out at the end, 0 ≤ f < 1.
  ///   - encoding: The encoding of a model that is to be trained further. It then decides columns and horizon.
  /// - Throws: `GatewiseError` where a column is missing, a field is no finite number, or there are too few rows.
  public init(
    table: Table, targets: [String], inputs: [String]? = nil, horizon: Int = 1, validationFraction: Double = 0.2,
    encoding: ForecastEncoding? = nil
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction is \(validationFraction), but it lies in 0 ≤ f < 1.")
    }
    let horizon = encoding?.horizon ?? horizon
    let targetColumns = encoding?.targetColumns ?? targets
    guard horizon >= 1 else { throw .invalidArgument("The horizon is \(horizon) rows, but it is at least 1.") }
    guard !targetColumns.isEmpty else { throw .invalidArgument("At least one target column is needed.") }
    if let twice = targetColumns.indices.first(where: { targetColumns[..<$0].contains(targetColumns[$0]) }) {
      throw .invalidArgument("The target \"\(targetColumns[twice])\" is named twice.")
    }
    var values: [[Double]] = []
    for name in targetColumns { values.append(try table.numbers(in: name)) }
    let inputColumns = try table.inputColumns(encoding?.inputColumns ?? inputs)
    var columns: [[Double]] = []
    for name in inputColumns { columns.append(try table.numbers(in: name)) }

    let rows = table.rows.count
    let split = rows - Int((Double(rows) * validationFraction).rounded())
    guard horizon < split - 1 else {
      throw .file(
        path: table.path,
        problem: "has too few rows: \(split) of \(rows) are left to train on, and a horizon of \(horizon) needs at "
          + "least \(horizon < .max - 1 ? "\(horizon + 2)" : "as many"); choose a smaller --horizon, or more rows.")
    }
    let fitted =
      encoding
      ?? ForecastEncoding(
        inputColumns: inputColumns, targetColumns: targetColumns, horizon: horizon,
        trainingInputs: columns.map { Array($0[..<split]) }, trainingTargets: values.map { Array($0[..<split]) })
    guard fitted.isFinite else {
      throw .file(path: table.path, problem: "has numbers so large that their mean or deviation is not finite.")
    }
    let series = ForecastSeries(columns: columns, encoding: fitted)
    self.series = series
    self.values = values
    path = table.path
    leftOut = encoding == nil && inputs == nil ? table.columns.filter { !table.isNumeric($0) } : []
    firstHeldOutRow = split
    var outputs: [Double] = []
    for t in 0..<(rows - horizon) {
      for k in values.indices {
        outputs.append(fitted.output(for: values[k][t + horizon], now: series.now(row: t, target: k), target: k))
      }
    }
    self.outputs = outputs
    guard split < rows else {
      persistenceError = []
      return
    }
    persistenceError = values.map { column in
      Self.rootMeanSquare((split..<rows).map { column[$0] - column[$0 - horizon] })
    }
  }

  /// Windows of the training rows: every start position once an epoch, in an order from the seed, each window
  /// beginning from the initial state.
  ///
  /// - Parameters:
  ///   - batchSize: N; cut down to the number of start positions.
  ///   - window: T, the number of rows the model sees of a window.
  /// - Throws: `GatewiseError.file` where the training rows are too few for one window.
  public func trainingSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, window: Int, seed: UInt64
  ) throws(GatewiseError) -> WindowSource<S> {
    guard batchSize > 0 else { throw .invalidArgument("The batch size is \(batchSize), but it is at least 1.") }
    guard window > 0 else { throw .invalidArgument("The window is \(window) rows, but it has at least 1.") }
    let horizon = series.encoding.horizon
    let usable = firstHeldOutRow - horizon
    guard window <= usable else {
      throw .file(
        path: path,
        problem: "has too few rows: \(firstHeldOutRow) of \(series.rowCount) are left to train on, but a window of "
          + "\(window) with a horizon of \(horizon) is too long: at most \(usable) rows fit. Use "
          + "a smaller window, or more rows.")
    }
    let size = (inputs: series.encoding.inputSize, outputs: series.encoding.outputSize)
    return WindowSource(
      inputs: series.inputs.prefix(usable * size.inputs).map { S($0) }, inputSize: size.inputs,
      targets: outputs.prefix(usable * size.outputs).map { S($0) }, outputSize: size.outputs, batchSize: batchSize,
      window: window, seed: seed)
  }

  /// The series as one sequence in which only the held-out rows count, in batches of `window` steps with carried state.
  ///
  /// It begins ten windows before the held-out rows, or at the first row, so that the state is warm when they come.
  ///
  /// - Returns: nil where nothing is held out.
  public func validationSource<S: Scalar>(_: S.Type = S.self, window: Int) -> SeriesSource<S>? {
    guard firstHeldOutRow < series.rowCount, window > 0 else { return nil }
    let size = (inputs: series.encoding.inputSize, outputs: series.encoding.outputSize)
    let counted = firstHeldOutRow - series.encoding.horizon
    let start = max(0, counted - 10 * min(window, counted))
    return SeriesSource(
      inputs: series.inputs[(start * size.inputs)...].map { S($0) }, inputSize: size.inputs,
      targets: outputs[(start * size.outputs)...].map { S($0) }, outputSize: size.outputs,
      firstCounted: counted - start, window: window)
  }

  /// The root mean square error of a model's forecasts over the held-out rows, for each target, in the target's unit.
  ///
  /// - Parameter outputs: `[rows, 1, K]`, the outputs for `series.input()`.
  /// - Throws: `GatewiseError.shapeMismatch` where the outputs are not those of this series.
  public func heldOutError<S: Scalar>(of outputs: Tensor<S>) throws(GatewiseError) -> [Double] {
    let forecasts = try series.forecasts(from: outputs)
    let horizon = series.encoding.horizon
    guard firstHeldOutRow < series.rowCount else { return [] }
    return values.indices.map { k in
      Self.rootMeanSquare((firstHeldOutRow..<series.rowCount).map { forecasts[$0 - horizon][k] - values[k][$0] })
    }
  }

  /// The standard deviation of each target over the held-out rows, in its unit (the divisor is their number); nil for one
  /// that is constant there.
  var heldOutDeviation: [Double?] {
    values.map { column in
      let rows = column[firstHeldOutRow...]
      guard let first = rows.first, rows.contains(where: { $0 != first }) else { return nil }
      let mean = rows.reduce(0, +) / Double(rows.count)
      return Self.rootMeanSquare(rows.map { $0 - mean })
    }
  }

  private static func rootMeanSquare(_ errors: [Double]) -> Double {
    (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
  }
}
