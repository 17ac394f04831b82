import ArgumentParser
import Gatewise

/// `--dtype float32` and `--dtype float64`.
extension DataType: ExpressibleByArgument {
  /// Creates the data type with the given name on the command line.
  public init?(argument: String) {
    switch argument {
    case "float32": self = .float32
    case "float64": self = .float64
    default: return nil
    }
  }

  /// The name on the command line.
  var argument: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    }
  }

  /// The names that `--help` lists.
  public static var allValueStrings: [String] { allCases.map(\.argument) }

  /// No descriptions: with them, `--help` would list the names twice.
  public static var allValueDescriptions: [String: String] { [:] }

  /// The name that `--help` prints as the default.
  public var defaultValueDescription: String { argument }
}
