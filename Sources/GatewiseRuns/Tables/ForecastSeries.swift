import Gatewise

/// A table as the input of a forecaster: one sequence of all rows.
public struct ForecastSeries: Sendable {
  /// The conversion of columns to inputs, and of outputs to values.
  public let encoding: ForecastEncoding
  /// The number of rows.
  public var rowCount: Int { reader.rows.rowCount }
  let reader: SeriesReader
  /// Whether the rows are in memory.
  var isInMemory: Bool { reader.rows is MemoryRows }

  /// The number of rows in memory at once when all are traversed.
  private static var block: Int { 4096 }

  /// Takes the input columns of a table for a trained model.
  ///
  /// - Throws: `GatewiseError.file` if a column is missing, or naming line and column of a field that is not a finite
  ///   number.
  public init(table: some SeriesTable, encoding: ForecastEncoding) throws(GatewiseError) {
    self.init(try table.rows(of: encoding.inputColumns), encoding: encoding)
  }

  /// - Parameter rows: The columns of the encoding's layout; if targets that are not inputs are missing, no target is
  ///   read.
  init(_ rows: any RowStorage, encoding: ForecastEncoding) {
    self.encoding = encoding
    reader = SeriesReader(rows, encoding: encoding)
  }

  /// Returns the model's input for all rows, `[rows, 1, inputSize]`, in memory.
  ///
  /// - Throws: `GatewiseError.file` naming line and column of a field that is not a finite number.
  public func input<S: Scalar>(_: S.Type = S.self) throws(GatewiseError) -> Tensor<S> {
    var reader = reader
    var tensor = Tensor<S>(repeating: 0, shape: [rowCount, 1, encoding.inputSize])
    for start in stride(from: 0, to: rowCount, by: Self.block) {
      let part = start..<min(start + Self.block, rowCount)
      try reader.read(part, hasTargets: false)
      for step in part { reader.putInputs(of: step - start, into: &tensor.elements, at: step * encoding.inputSize) }
    }
    return tensor
  }

  /// Returns the forecasts of the model's outputs, in the columns' own units: row t of the result is for row t +
  /// horizon.
  ///
  /// - Parameter outputs: `[rows, 1, K]`, the outputs for `input()`.
  /// - Returns: A list of K values for each row.
  /// - Throws: `GatewiseError.shapeMismatch` if the outputs do not fit this series; as `input()`.
  public func forecasts<S: Scalar>(from outputs: Tensor<S>) throws(GatewiseError) -> [[Double]] {
    let size = encoding.outputSize
    guard outputs.shape == [rowCount, 1, size] else {
      throw .shapeMismatch(name: "the forecaster's output", expected: [rowCount, 1, size], found: outputs.shape)
    }
    var reader = reader
    var forecasts: [[Double]] = []
    forecasts.reserveCapacity(rowCount)
    for start in stride(from: 0, to: rowCount, by: Self.block) {
      let part = start..<min(start + Self.block, rowCount)
      try reader.read(part, hasTargets: false)
      for t in part {
        forecasts.append(
          (0..<size).map { k in
            let output = Double(outputs.elements[t * size + k])
            return encoding.value(of: output, now: reader.now(t - start, target: k), target: k)
          })
      }
    }
    return forecasts
  }

  /// Returns forecasts as CSV: the number of the forecast row, and the target columns in their own units.
  ///
  /// Rows are counted from 1, below the header. The first forecast is for row 1 + horizon, the last for
  /// `horizon` rows beyond the end of the table.
  ///
  /// - Throws: As `forecasts(from:)`.
  public func csv<S: Scalar>(of outputs: Tensor<S>) throws(GatewiseError) -> String {
    var text = CSVText.line(["row"] + encoding.targetColumns)
    for (t, values) in try forecasts(from: outputs).enumerated() {
      text += CSVText.line(["\(t + 1 + encoding.horizon)"] + values.map { "\($0)" })
    }
    return text
  }
}

/// Writes CSV.
enum CSVText {
  /// Returns one line with its end; a field with a comma, a quote or a line end is quoted.
  static func line(_ fields: [String]) -> String {
    fields.map { field in
      guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
      return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }.joined(separator: ",") + "\n"
  }
}
