/// Formats text in columns for a terminal.
enum Columns {
  /// A field with its alignment and the width to which it is padded.
  enum Field {
    case left(String, Int)
    case right(String, Int)
  }

  /// Returns the fields separated by two spaces, without trailing spaces.
  static func line(_ fields: [Field]) -> String {
    let padded = fields.map { field in
      switch field {
      case .left(let text, let width): text + spaces(width - text.count)
      case .right(let text, let width): spaces(width - text.count) + text
      }
    }
    var line = padded.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
