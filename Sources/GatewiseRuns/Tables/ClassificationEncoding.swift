import Gatewise

/// The conversion of a table's rows to sequences to classify, and of a classifier's outputs to class names; stored in
/// the model file.
public struct ClassificationEncoding: Sendable, Equatable, Codable {
  /// The column that names the sequence of a row.
  public let sequenceColumn: String
  /// The column with the class of the sequence.
  public let labelColumn: String
  /// The input columns of the model.
  public let inputColumns: [String]
  /// The names of the classes, in the order of the model's outputs: by value if all are integers, else by name.
  public let classes: [String]
  let levels: Standardization

  /// The number of the model's inputs.
  public var inputSize: Int { inputColumns.count }
  /// The number of the model's outputs.
  public var outputSize: Int { classes.count }

  /// Whether the values read from a file are consistent.
  var isUsable: Bool {
    !inputColumns.isEmpty && !classes.isEmpty && Set(classes).count == classes.count
      && levels.isUsable(count: inputColumns.count)
  }

  /// Returns the order of classes in the model's outputs.
  static func ordered(_ names: Set<String>) -> [String] {
    let numbers = names.compactMap { name in Int(name).map { (name, $0) } }
    guard numbers.count == names.count else { return names.sorted() }
    return numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
  }
}

extension ClassificationEncoding {
  private enum CodingKeys: String, CodingKey {
    case sequenceColumn, labelColumn, inputColumns, classes, levels
  }

  /// Decodes an encoding; throws if its values are inconsistent.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sequenceColumn = try container.decode(String.self, forKey: .sequenceColumn)
    labelColumn = try container.decode(String.self, forKey: .labelColumn)
    inputColumns = try container.decode([String].self, forKey: .inputColumns)
    classes = try container.decode([String].self, forKey: .classes)
    levels = try container.decode(Standardization.self, forKey: .levels)
    guard isUsable else {
      throw DecodingError.dataCorruptedError(
        forKey: .levels, in: container,
        debugDescription: "The classifier's columns, classes and statistics are inconsistent.")
    }
  }
}
