import Gatewise
import GatewiseRuns

/// A table as input sequences of a model, and the conversion of the model's outputs to CSV.
struct TableInput<S: Scalar> {
  /// `[T, N, I]`
  let x: Tensor<S>
  /// `[N]`; nil if every sequence has T steps.
  let lengths: [Int]?
  /// Converts outputs to CSV with a header, in the columns' own units.
  let text: (Tensor<S>) throws -> String

  /// Reads the columns that the model needs.
  ///
  /// - Throws: `GatewiseError.file` if a column is missing, a field is not a number, or the source is an array and the
  ///   model does not forecast.
  init(
    _ source: any SeriesTable, _ data: ModelData?, for configuration: LSTMConfiguration, modelPath: String
  ) throws {
    let inputSize = configuration.inputSize
    switch (data, source as? Table) {
    case (.forecast(let encoding)?, _):
      let series = try ForecastSeries(table: source, encoding: encoding)
      try Self.requireMemory(source, rowCount: series.rowCount, for: configuration)
      self.init(x: try series.input(), lengths: nil) { try series.csv(of: $0) }
    case (.classification(let encoding)?, let table?):
      let sequences = try SequenceTable(table: table, encoding: encoding)
      let (input, lengths): (Tensor<S>, [Int]) = try sequences.input(encoding: encoding)
      self.init(x: input, lengths: lengths) { try sequences.csv(of: $0, encoding: encoding) }
    case (.text?, _):
      throw GatewiseError.file(
        path: modelPath, problem: "is a model of text, which cannot read a table; use it with gatewise sample.")
    case (nil, let table?):
      try Self.requireMemory(table, rowCount: table.rowCount, for: configuration)
      try self.init(rows: table, inputSize: inputSize)
    case (_, nil):
      throw GatewiseError.file(
        path: modelPath,
        problem: "is not a forecasting model, so its outputs for an array cannot be CSV; write .npy or .safetensors."
      )
    }
    guard x.shape[2] == inputSize else {
      throw GatewiseError.file(
        path: modelPath,
        problem: "its metadata requires \(x.shape[2]) inputs, but its weights \(inputSize); write the file again.")
    }
  }

  /// Checks that memory suffices for the input, and for the outputs as a tensor, as rows and as text.
  private static func requireMemory(
    _ source: any SeriesTable, rowCount: Int, for configuration: LSTMConfiguration
  ) throws(GatewiseError) {
    let (I, K) = (configuration.inputSize, configuration.outputSize)
    let bytesOfRow = (I + K) * MemoryLayout<S>.size + 48 + 8 * K + 24 * (K + 1)
    try MemoryLimit.require(bytes: Double(rowCount) * Double(bytesOfRow), toRead: source.path)
  }

  private init(x: Tensor<S>, lengths: [Int]?, text: @escaping (Tensor<S>) throws -> String) {
    (self.x, self.lengths, self.text) = (x, lengths, text)
  }

  /// Reads the rows as one sequence, for a model without metadata about columns.
  private init(rows table: Table, inputSize: Int) throws {
    guard table.columns.count == inputSize else {
      throw GatewiseError.file(
        path: table.path,
        problem: "has \(table.columns.count) columns, but the model, which was not trained on a table, needs"
          + " \(inputSize) numbers per row.")
    }
    var x = Tensor<S>(repeating: 0, shape: [table.rowCount, 1, inputSize])
    for (i, column) in try table.numbers().enumerated() {
      for (t, number) in column.enumerated() { x[t, 0, i] = S(number) }
    }
    self.init(x: x, lengths: nil) { y in
      let size = y.shape[2]
      let header = (0..<size).map { "y\($0)" }.joined(separator: ",")
      let rows = (0..<y.shape[0]).map { t in
        y.elements[(t * size)..<((t + 1) * size)].map { "\($0)" }.joined(separator: ",")
      }
      return ([header] + rows).joined(separator: "\n") + "\n"
    }
  }
}
