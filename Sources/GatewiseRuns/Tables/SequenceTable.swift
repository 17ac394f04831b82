import Foundation
import Gatewise

/// The sequences of a table, for a classifier.
public struct SequenceTable: Sendable {
  /// The name of each sequence, in the order in which they first appear.
  public let names: [String]
  /// The rows of each sequence, in the order of the file.
  let rows: [[Int]]
  /// The values of the input columns.
  let columns: [[Double]]

  /// Groups the rows of a table.
  ///
  /// - Throws: `GatewiseError.file` where a column is missing, a row names no sequence, or a field is no finite number.
  init(table: Table, sequenceColumn: String, inputColumns: [String]) throws(GatewiseError) {
    // First each row's sequence and its numbers, by row and by column; then its place among the sequence's, its class and
    // its line beside the numbers by column. Lists that grow take up to twice as much for a while.
    let bytesOfRow = 16 + max(16 * inputColumns.count, 16 + 8 * inputColumns.count)
    try MemoryLimit.require(bytes: Double(table.rowCount) * Double(bytesOfRow), toRead: table.path)
    let (names, ofRows) = try table.groups(in: sequenceColumn)
    let columns = try table.numbers(in: inputColumns)
    if let index = names.firstIndex(of: ""), let row = ofRows.firstIndex(of: index) {
      throw .file(
        path: table.path,
        problem: "line \(table.lines[row]), column \"\(sequenceColumn)\" is empty, but it names the row's sequence.")
    }
    var rows = [[Int]](repeating: [], count: names.count)
    for (row, index) in ofRows.enumerated() { rows[index].append(row) }
    (self.names, self.rows, self.columns) = (names, rows, columns)
  }

  /// The sequences of a table for a model that was trained before; the table needs no labels.
  ///
  /// - Throws: as for training, about the columns that the model reads.
  public init(table: Table, encoding: ClassificationEncoding) throws(GatewiseError) {
    try self.init(table: table, sequenceColumn: encoding.sequenceColumn, inputColumns: encoding.inputColumns)
  }

  /// A sequence's input `[T_n, I]`, standardized.
  func sequence<S: Scalar>(_ index: Int, levels: Standardization) throws(GatewiseError) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [rows[index].count, columns.count])
    for (t, row) in rows[index].enumerated() {
      for c in columns.indices {
        tensor.elements[t * columns.count + c] = S(levels.standardized(columns[c][row], column: c))
      }
    }
    return tensor
  }

  /// All sequences side by side, `[T, N, I]`, zero behind their ends, with their lengths.
  public func input<S: Scalar>(
    _: S.Type = S.self, encoding: ClassificationEncoding
  ) throws(GatewiseError) -> (input: Tensor<S>, lengths: [Int]) {
    let lengths = rows.map(\.count)
    let (size, batchSize) = (columns.count, rows.count)
    var input = Tensor<S>(repeating: 0, shape: [lengths.max() ?? 0, batchSize, size])
    for n in rows.indices {
      let sequence: Tensor<S> = try sequence(n, levels: encoding.levels)
      for t in 0..<lengths[n] {
        for i in 0..<size { input.elements[(t * batchSize + n) * size + i] = sequence.elements[t * size + i] }
      }
    }
    return (input, lengths)
  }

  /// Classes as CSV: each sequence's name, its most probable class, and the probability of every class.
  ///
  /// - Parameter outputs: `[1, N, K]`, the raw readout for `input(_:encoding:)`.
  /// - Throws: `GatewiseError.shapeMismatch` where the outputs are not those of these sequences.
  public func csv<S: Scalar>(
    of outputs: Tensor<S>, encoding: ClassificationEncoding
  ) throws(GatewiseError) -> String {
    let size = encoding.outputSize
    guard outputs.shape == [1, names.count, size] else {
      throw .shapeMismatch(name: "the classifier's output", expected: [1, names.count, size], found: outputs.shape)
    }
    var text = CSVText.line(
      [encoding.sequenceColumn, encoding.labelColumn] + encoding.classes.map { "probability of \($0)" })
    for (n, name) in names.enumerated() {
      let row = (0..<size).map { Double(outputs.elements[n * size + $0]) }
      let greatest = row.max() ?? 0
      let weights = row.map { exp($0 - greatest) }
      let total = weights.reduce(0, +)
      let best = row.firstIndex(of: greatest) ?? 0
      text += CSVText.line([name, encoding.classes[best]] + weights.map { "\($0 / total)" })
    }
    return text
  }
}
