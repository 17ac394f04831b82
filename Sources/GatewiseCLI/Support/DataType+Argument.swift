import ArgumentParser
import Gatewise

/// `--dtype float32` and `--dtype float64`.
extension DataType: ExpressibleByArgument {
  /// The type of a name on the command line.
  public init?(argument: String) {
    switch argument {
    case "float32": self = .float32
    case "float64": self = .float64
    default: return nil
    }
  }

  /// The type's name on the command line.
  var argument: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    }
  }

  /// The names that `--help` lists.
  public static var allValueStrings: [String] { allCases.map(\.argument) }

  /// Names that need no description: `--help` would list them a second time.
  public static var allValueDescriptions: [String: String] { [:] }

  /// The name that `--help` gives as the default.
  public var defaultValueDescription: String { argument }
}
