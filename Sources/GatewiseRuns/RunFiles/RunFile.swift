import Gatewise
import Yams

/// Options of a command in a YAML file, each under its name without the dashes: numbers and strings as on the command
/// line, lists for options with several values, `true` for flags.
///
///     text: [book.txt]
///     hidden: [128, 64]
///     learning-rate: 0.002
///     peepholes: true
public struct RunFile: Sendable, Equatable {
  /// The value of an option.
  public enum Value: Sendable, Equatable {
    /// One value.
    case one(String)
    /// Several values.
    case several([String])
  }

  /// An option and its line.
  public struct Option: Sendable, Equatable {
    /// The name, without dashes.
    public let name: String
    /// The value, or values.
    public let value: Value
    /// The line, counted from 1; 0 if the option was not read from a file.
    public let line: Int

    /// Creates an option to be written.
    public init(_ name: String, _ value: Value) { (self.name, self.value, line) = (name, value, 0) }

    fileprivate init(_ name: String, _ value: Value, line: Int) {
      (self.name, self.value, self.line) = (name, value, line)
    }
  }

  /// The options in the order of the file.
  public let options: [Option]

  /// Creates a file to be written.
  public init(_ options: [Option]) { self.options = options }

  /// Reads a file.
  ///
  /// - Throws: `GatewiseError.file`, with the line if it is known, if the file cannot be read, is not valid YAML, or
  ///   does not hold names with values.
  public init(contentsOf path: String) throws(GatewiseError) {
    let text = try YAMLText(TextFile.text(at: path, limit: YAMLText.sizeLimit), path: path)
    let root: Node?
    do { root = try compose(yaml: text.withoutAnchors) } catch {
      throw .file(path: path, problem: "is not valid YAML: \(Self.sentence(error))")
    }
    guard let mapping = root?.mapping else {
      throw .file(path: path, problem: "holds no options; give one per line, for example \"hidden: [128, 64]\".")
    }
    var options: [Option] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? 0
      guard let scalar = key.scalar else {
        throw .file(path: path, problem: "line \(line) does not begin with the name of an option.")
      }
      let name = try text.string(of: scalar)
      if let scalar = value.scalar, !scalar.string.isEmpty {
        options.append(Option(name, .one(try text.string(of: scalar)), line: line))
      } else if let sequence = value.sequence, !sequence.isEmpty, sequence.allSatisfy({ $0.scalar != nil }) {
        var values: [String] = []
        for case .scalar(let scalar) in sequence { values.append(try text.string(of: scalar)) }
        options.append(Option(name, .several(values), line: line))
      } else {
        throw .file(
          path: path, problem: "line \(line) gives \(name) no value; a value, or a list of them, is expected.")
      }
    }
    self.options = options
  }

  /// Returns the file's text, below a heading in a comment.
  public func text(heading: String) -> String {
    "# \(heading)\n"
      + options.map { option in
        switch option.value {
        case .one(let value): "\(option.name): \(Self.scalar(value))\n"
        case .several(let values): "\(option.name): [\(values.map(Self.scalar).joined(separator: ", "))]\n"
        }
      }.joined()
  }

  /// Returns a value as YAML that is read back as this exact string.
  private static func scalar(_ value: String) -> String {
    let isPlain =
      value.first.map { $0.isASCII && ($0.isLetter || $0.isNumber || "/.".contains($0)) } == true
      && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./+".contains($0)) }
    if isPlain { return value }
    var quoted = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}":
        quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return "\"\(quoted)\""
  }

  private static func sentence(_ error: any Error) -> String {
    switch error {
    case YamlError.duplicatedKeysInMapping(let names, _): "\(names.sorted().joined(separator: ", ")) is given twice."
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)."
    default: "it cannot be parsed."
    }
  }
}
