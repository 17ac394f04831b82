import Gatewise

/// A table as a forecaster sees it: one sequence of all rows.
public struct ForecastSeries: Sendable {
  /// How columns become inputs and outputs become values.
  public let encoding: ForecastEncoding
  /// The number of rows.
  public let rowCount: Int
  private let columns: [[Double]]

  /// Takes the input columns of a table for a model that was trained before.
  ///
  /// - Throws: `GatewiseError.file` where a column is missing, or line and column of a field that is no finite number.
  public init(table: Table, encoding: ForecastEncoding) throws(GatewiseError) {
    var columns: [[Double]] = []
    for name in encoding.inputColumns { columns.append(try table.numbers(in: name)) }
    self.init(columns: columns, encoding: encoding)
  }

  init(columns: [[Double]], encoding: ForecastEncoding) {
    self.encoding = encoding
    self.columns = columns
    rowCount = columns[0].count
  }

  /// The inputs of all rows, `[rows, inputSize]`, standardized.
  var inputs: [Double] { encoding.inputs(columns) }

  /// The value from which a target's change counts at a row; 0 for a target that is forecast as a level.
  func now(row: Int, target k: Int) -> Double {
    guard let c = encoding.inputColumns.firstIndex(of: encoding.targetColumns[k]) else { return 0 }
    return columns[c][row]
  }

  /// The model's input for all rows, `[rows, 1, inputSize]`.
  public func input<S: Scalar>(_: S.Type = S.self) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [rowCount, 1, encoding.inputSize])
    for (index, value) in inputs.enumerated() { tensor.elements[index] = S(value) }
    return tensor
  }

  /// What the model's outputs forecast, in the columns' own units: row t of the result is for row t + horizon.
  ///
  /// - Parameter outputs: `[rows, 1, K]`, the outputs for `input()`.
  /// - Returns: One list of K values for each row.
  /// - Throws: `GatewiseError.shapeMismatch` where the outputs are not those of this series.
  public func forecasts<S: Scalar>(from outputs: Tensor<S>) throws(GatewiseError) -> [[Double]] {
    let size = encoding.outputSize
    guard outputs.shape == [rowCount, 1, size] else {
      throw .shapeMismatch(name: "the forecaster's output", expected: [rowCount, 1, size], found: outputs.shape)
    }
    return (0..<rowCount).map { t in
      (0..<size).map { k in
        encoding.value(of: Double(outputs.elements[t * size + k]), now: now(row: t, target: k), target: k)
      }
    }
  }

  /// Forecasts as CSV: the number of the row that each is for, and the target columns in their own units.
  ///
  /// Rows are counted from 1, below the names of the columns. The first forecast is for row 1 + horizon, the last for
  /// `horizon` rows beyond the end of the table.
  ///
  /// - Throws: as `forecasts(from:)`.
  public func csv<S: Scalar>(of outputs: Tensor<S>) throws(GatewiseError) -> String {
    var text = CSVText.line(["row"] + encoding.targetColumns)
    for (t, values) in try forecasts(from: outputs).enumerated() {
      text += CSVText.line(["\(t + 1 + encoding.horizon)"] + values.map { "\($0)" })
    }
    return text
  }
}

/// Writing CSV.
enum CSVText {
  /// One line with its end; a field with a comma, a quote or a line end is quoted.
  static func line(_ fields: [String]) -> String {
    fields.map { field in
      guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
      return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }.joined(separator: ",") + "\n"
  }
}
