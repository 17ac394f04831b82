import Gatewise

/// A table of sequences with one class each, split into training and validation sequences.
///
/// The held-out sequences are drawn by the seed within each class, so that a file sorted by class has all classes in
/// both parts: of each class the requested fraction is held out, rounded, and at least one sequence stays for training.
public struct ClassificationData: Sendable {
  /// The encoding stored in the model file.
  public let encoding: ClassificationEncoding
  /// The columns that are left out: those without any number, such as dates, and those without a name.
  public let leftOut: [String]
  /// The training sequences, as positions in the order in which they first appear in the file.
  public let training: [Int]
  /// The sequences held out.
  public let validation: [Int]
  /// The share of held-out sequences of the class that is most frequent in training: the accuracy of a constant guess.
  /// nil if nothing is held out.
  public let majorityAccuracy: Double?

  private let path: String
  private let sequences: SequenceTable
  private let labels: [Int]

  /// The number of steps of the longest sequence.
  var longestSequence: Int { sequences.rows.map(\.count).max() ?? 0 }

  /// The number of sequences.
  var sequenceCount: Int { sequences.rows.count }

  /// The number of steps of all sequences together.
  var totalSteps: Double { sequences.rows.reduce(0) { $0 + Double($1.count) } }

  /// A checksum over all numbers, labels, and the held-out sequences.
  var fingerprint: String {
    var sum = Checksum()
    for column in sequences.columns { sum.add(column) }
    for rows in sequences.rows { sum.add(rows) }
    for numbers in [labels, training, validation] { sum.add(numbers) }
    return sum.text
  }

  /// Prepares a table.
  ///
  /// - Parameters:
  ///   - table: One row for each step. Rows with equal values in `sequenceColumn` form a sequence, in the file's order.
  ///   - sequenceColumn: The column that names the sequence of a row.
  ///   - labelColumn: The column with the class, the same in all rows of a sequence.
  ///   - inputs: The input columns; all other numeric ones when nil.
  ///   - validationFraction: The fraction of each class's sequences that is held out, 0 ≤ f < 1.
  ///   - seed: The seed for drawing the held-out sequences.
  ///   - encoding: The encoding of a model to be trained further. It then determines columns and classes.
  /// - Throws: `GatewiseError` if a column is missing, a field is not a finite number, a label changes within a
  ///   sequence, or there are fewer than two classes or no training sequence.
  public init(
    table: Table, sequenceColumn: String, labelColumn: String, inputs: [String]? = nil,
    validationFraction: Double = 0.2, seed: UInt64, encoding: ClassificationEncoding? = nil
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction must be in 0 ≤ f < 1, but is \(validationFraction).")
    }
    let idColumn = encoding?.sequenceColumn ?? sequenceColumn
    let labelColumn = encoding?.labelColumn ?? labelColumn
    guard idColumn != labelColumn else {
      throw .invalidArgument("The column \"\(idColumn)\" cannot name both the sequences and their classes.")
    }
    for column in [idColumn, labelColumn] { _ = try table.position(of: column) }
    let inputColumns = try table.inputColumns(encoding?.inputColumns ?? inputs, except: [idColumn, labelColumn])
    let sequences = try SequenceTable(table: table, sequenceColumn: idColumn, inputColumns: inputColumns)
    let names = try Self.labels(of: sequences, in: table, column: labelColumn)
    let classes = encoding?.classes ?? ClassificationEncoding.ordered(Set(names.map(\.label)))
    guard classes.count > 1 else {
      throw .file(path: table.path, problem: "column \"\(labelColumn)\" has only one class: \"\(classes[0])\".")
    }
    var labels: [Int] = []
    let indices = Dictionary(zip(classes, 0...)) { first, _ in first }
    for (label, line) in names {
      guard let index = indices[label] else {
        throw .file(
          path: table.path, problem: "line \(line) has the class \"\(label)\", which the model does not have.")
      }
      labels.append(index)
    }
    let (training, validation) = Self.split(labels, classes: classes.count, fraction: validationFraction, seed: seed)
    self.encoding =
      encoding
      ?? ClassificationEncoding(
        sequenceColumn: idColumn, labelColumn: labelColumn, inputColumns: inputColumns, classes: classes,
        levels: Standardization(
          measuring: sequences.columns.map { column in
            training.flatMap { sequences.rows[$0].map { column[$0] } }
          }))
    guard self.encoding.isUsable else {
      throw .file(path: table.path, problem: "has numbers so large that their mean or deviation is not finite.")
    }
    path = table.path
    self.sequences = sequences
    self.labels = labels
    (self.training, self.validation) = (training, validation)
    leftOut =
      encoding == nil && inputs == nil
      ? table.columns.filter { $0 != idColumn && $0 != labelColumn && !table.isNumeric($0) } : []
    majorityAccuracy = Self.majorityAccuracy(labels, classes: classes.count, training: training, held: validation)
  }

  /// Returns batches of the training sequences, shuffled by the seed each epoch, with one class per sequence.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a batch size below 1.
  public func trainingSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, seed: UInt64
  ) throws(GatewiseError) -> ArraySource<S> {
    try source(training, batchSize: batchSize, seed: seed, shuffles: true)
  }

  /// Returns batches of the held-out sequences, in the file's order.
  ///
  /// - Returns: nil if nothing is held out.
  /// - Throws: `GatewiseError.invalidArgument` for a batch size below 1.
  public func validationSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int
  ) throws(GatewiseError) -> ArraySource<S>? {
    guard !validation.isEmpty else { return nil }
    return try source(validation, batchSize: batchSize, seed: 0, shuffles: false)
  }

  private func source<S: Scalar>(
    _ chosen: [Int], batchSize: Int, seed: UInt64, shuffles: Bool
  ) throws(GatewiseError) -> ArraySource<S> {
    var inputs: [Tensor<S>] = []
    for index in chosen { inputs.append(try sequences.sequence(index, levels: encoding.levels)) }
    return try ArraySource(
      sequences: inputs, targets: .classes(chosen.map { labels[$0] }, count: encoding.outputSize),
      batchSize: batchSize, seed: seed, shuffles: shuffles)
  }
}

extension ClassificationData {
  /// Returns the label of each sequence with the line on which the sequence begins.
  private static func labels(
    of sequences: SequenceTable, in table: Table, column: String
  ) throws(GatewiseError) -> [(label: String, line: Int)] {
    let (texts, ofRows) = try table.groups(in: column)
    // The lines of the rows; and for each sequence its class by name and by number, and its part.
    try MemoryLimit.require(
      bytes: 8 * Double(table.rowCount) + 120 * Double(sequences.names.count), toRead: table.path)
    let lines = table.lines
    var labels: [(label: String, line: Int)] = []
    for (name, rows) in zip(sequences.names, sequences.rows) {
      let label = texts[ofRows[rows[0]]]
      for row in rows {
        let found = texts[ofRows[row]]
        guard !found.isEmpty else {
          throw .file(path: table.path, problem: "line \(lines[row]), column \"\(column)\" has no class.")
        }
        guard found == label else {
          throw .file(
            path: table.path,
            problem: "line \(lines[row]) gives sequence \"\(name)\" the class \"\(found)\", but line "
              + "\(lines[rows[0]]) says \"\(label)\"; a sequence has one class.")
        }
      }
      labels.append((label, lines[rows[0]]))
    }
    return labels
  }

  private static func split(
    _ labels: [Int], classes: Int, fraction: Double, seed: UInt64
  ) -> (training: [Int], validation: [Int]) {
    var stream = RandomStream(seed: seed, name: "held-out sequences")
    var sequences = [[Int]](repeating: [], count: classes)
    for (sequence, label) in labels.enumerated() { sequences[label].append(sequence) }
    var validation: [Int] = []
    for var members in sequences {
      stream.shuffle(&members)
      let count = min((Double(members.count) * fraction).rounded(), Double(max(members.count - 1, 0)))
      validation += members.prefix(Int(count))
    }
    let held = Set(validation)
    return (labels.indices.filter { !held.contains($0) }, validation.sorted())
  }

  private static func majorityAccuracy(_ labels: [Int], classes: Int, training: [Int], held: [Int]) -> Double? {
    guard !held.isEmpty else { return nil }
    var counts = [Int](repeating: 0, count: classes)
    for index in training { counts[labels[index]] += 1 }
    let most = counts.firstIndex(of: counts.max() ?? 0)
    return Double(held.count { labels[$0] == most }) / Double(held.count)
  }
}
