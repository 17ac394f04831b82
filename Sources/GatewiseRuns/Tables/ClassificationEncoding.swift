import Gatewise

/// How a table's rows become sequences to be classified, and a classifier's outputs class names; kept in the model
/// file.
public struct ClassificationEncoding: Sendable, Equatable, Codable {
  /// The column whose value says which sequence a row belongs to.
  public let sequenceColumn: String
  /// The column with the sequence's class.
  public let labelColumn: String
  /// The columns that the model is fed with.
  public let inputColumns: [String]
  /// The classes' names, in the order of the model's outputs: by value where all are whole numbers, else by name.
  public let classes: [String]
  let levels: Standardization

  /// The number of the model's inputs.
  public var inputSize: Int { inputColumns.count }
  /// The number of the model's outputs.
  public var outputSize: Int { classes.count }

  /// Whether the figures from a file fit each other.
  var isUsable: Bool {
    !inputColumns.isEmpty && !classes.isEmpty && Set(classes).count == classes.count
      && levels.isUsable(count: inputColumns.count)
  }

  /// The order of classes in the model's outputs.
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

  /// Reads an encoding; throws where its figures do not fit each other.
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
        debugDescription: "The classifier's columns, classes and figures do not fit each other.")
    }
  }
}
