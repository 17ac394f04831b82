import Foundation
import Gatewise

/// The sequences of a table for a classifier.
public struct SequenceTable: Sendable {
  /// The name of each sequence, in the order in which they first appear.
  public let names: [String]
  /// The rows of each sequence, in the order of the file.
  let rows: [[Int]]
  /// The values of the input columns.
  let columns: [[Double]]
  private let path: String

  /// Groups the rows of a table by sequence.
  ///
  /// - Throws: `GatewiseError.file` if a column is missing, a row names no sequence, or a field is not a finite number.
  init(table: Table, sequenceColumn: String, inputColumns: [String]) throws(GatewiseError) {
    let (names, ofRows) = try table.groups(in: sequenceColumn)
    let columns = try table.numbers(in: inputColumns)
    if let index = names.firstIndex(of: ""), let row = ofRows.firstIndex(of: index) {
      throw .file(
        path: table.path,
        problem: "line \(table.lines[row]), column \"\(sequenceColumn)\" is empty, but must name the row's sequence.")
    }
    try MemoryLimit.require(bytes: 8 * Double(ofRows.count) + 72 * Double(names.count), toRead: table.path)
    var counts = [Int](repeating: 0, count: names.count)
    for index in ofRows { counts[index] += 1 }
    var rows = [[Int]](repeating: [], count: names.count)
    for index in rows.indices { rows[index].reserveCapacity(counts[index]) }
    for (row, index) in ofRows.enumerated() { rows[index].append(row) }
    path = table.path
    (self.names, self.rows, self.columns) = (names, rows, columns)
  }

  /// Groups the rows of a table for a trained model; the table needs no labels.
  ///
  /// - Throws: As for training, about the columns that the model reads.
  public init(table: Table, encoding: ClassificationEncoding) throws(GatewiseError) {
    try self.init(table: table, sequenceColumn: encoding.sequenceColumn, inputColumns: encoding.inputColumns)
  }

  /// Returns the input of a sequence, `[T_n, I]`, standardized.
  func sequence<S: Scalar>(_ index: Int, levels: Standardization) throws(GatewiseError) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [rows[index].count, columns.count])
    for (t, row) in rows[index].enumerated() {
      for c in columns.indices {
        tensor.elements[t * columns.count + c] = S(levels.standardized(columns[c][row], column: c))
      }
    }
    return tensor
  }

  /// Returns all sequences as one batch, `[T, N, I]`, padded with zeros, with their lengths.
  ///
  /// - Throws: `GatewiseError.file` if memory does not suffice.
  public func input<S: Scalar>(
    _: S.Type = S.self, encoding: ClassificationEncoding
  ) throws(GatewiseError) -> (input: Tensor<S>, lengths: [Int]) {
    let lengths = rows.map(\.count)
    let (size, batchSize) = (columns.count, rows.count)
    let numbers = Double(lengths.max() ?? 0) * Double(batchSize) * Double(size)
    do { try MemoryLimit.require(bytes: numbers * Double(MemoryLayout<S>.size), for: "") } catch {
      throw .file(
        path: path,
        problem: "its \(batchSize) sequences of up to \(lengths.max() ?? 0) steps in one batch would take "
          + "\(MemoryLimit.text(numbers * Double(MemoryLayout<S>.size))) of memory, but only "
          + "\(MemoryLimit.text(MemoryLimit.bytes)) are available; put similar lengths into separate files.")
    }
    var input = Tensor<S>(repeating: 0, shape: [lengths.max() ?? 0, batchSize, size])
    for n in rows.indices {
      let sequence: Tensor<S> = try sequence(n, levels: encoding.levels)
      for t in 0..<lengths[n] {
        for i in 0..<size { input.elements[(t * batchSize + n) * size + i] = sequence.elements[t * size + i] }
      }
    }
    return (input, lengths)
  }

  /// Returns classes as CSV: the name of each sequence, its most probable class, and the probability of every class.
  ///
  /// - Parameter outputs: `[1, N, K]`, the raw readout for `input(_:encoding:)`.
  /// - Throws: `GatewiseError.shapeMismatch` if the outputs do not fit these sequences.
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
