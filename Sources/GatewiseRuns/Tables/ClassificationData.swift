import Gatewise

/// A table of sequences with a class each, split by sequence: some to train on, some to be judged on.
///
/// Which sequences are held out is drawn by the seed, class by class, so that a file sorted by class gives both parts
/// all of them: of each class the fraction asked for, rounded, and at least one sequence stays to train on.
public struct ClassificationData: Sendable {
  /// The encoding that goes into the model file.
  public let encoding: ClassificationEncoding
  /// Columns without any number, such as dates, and columns without a name: they are left out.
  public let leftOut: [String]
  /// The sequences to train on, as positions in the order in which they first appear in the file.
  public let training: [Int]
  /// The sequences held out.
  public let validation: [Int]
  /// How many of the held-out sequences belong to the class that is most frequent in training: the share that a
  /// guess gets right, to compare with. nil where nothing is held out.
  public let majorityAccuracy: Double?

  private let path: String
  private let sequences: SequenceTable
  private let labels: [Int]

  /// The steps of the longest sequence.
  var longestSequence: Int { sequences.rows.map(\.count).max() ?? 0 }

  /// The number of sequences.
  var sequenceCount: Int { sequences.rows.count }

  /// The steps of all sequences together.
  var totalSteps: Double { sequences.rows.reduce(0) { $0 + Double($1.count) } }

  /// A sum over all numbers, labels, and what is held out.
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
  ///   - table: One row for each step. Rows with one value in `sequenceColumn` are a sequence, in the file's order.
  ///   - sequenceColumn: The column that says which sequence a row belongs to.
  ///   - labelColumn: The column with the class, the same in all rows of a sequence.
  ///   - inputs: The columns to feed the model with; all other numeric ones when nil.
  ///   - validationFraction: The part of each class's sequences that is held out, 0 ≤ f < 1.
  ///   - seed: Draws the held-out sequences.
  ///   - encoding: The encoding of a model that is to be trained further. It then decides columns and classes.
  /// - Throws: `GatewiseError` where a column is missing, a field is no finite number, a label changes within a
  ///   sequence, or there are fewer than two classes or no sequence to train on.
  public init(
    table: Table, sequenceColumn: String, labelColumn: String, inputs: [String]? = nil,
    validationFraction: Double = 0.2, seed: UInt64, encoding: ClassificationEncoding? = nil
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction is \(validationFraction), but it lies in 0 ≤ f < 1.")
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
      throw .file(path: table.path, problem: "column \"\(labelColumn)\" has one class only: \"\(classes[0])\".")
    }
    var labels: [Int] = []
    let indices = Dictionary(zip(classes, 0...)) { first, _ in first }
    for (label, line) in names {
      guard let index = indices[label] else {
        throw .file(
          path: table.path, problem: "line \(line) has the class \"\(label)\", which the model does not know.")
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

  /// Batches of the training sequences, shuffled by the seed each epoch; one class for each sequence.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a batch size below 1.
  public func trainingSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, seed: UInt64
  ) throws(GatewiseError) -> ArraySource<S> {
    try source(training, batchSize: batchSize, seed: seed, shuffles: true)
  }

  /// Batches of the held-out sequences, in the file's order.
  ///
  /// - Returns: nil where nothing is held out.
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
  /// The label of each sequence with the line on which the sequence begins.
  private static func labels(
    of sequences: SequenceTable, in table: Table, column: String
  ) throws(GatewiseError) -> [(label: String, line: Int)] {
    let (texts, ofRows) = try table.groups(in: column)
    // The rows' lines; and of each sequence its class by name and by number, and which part it belongs to.
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
