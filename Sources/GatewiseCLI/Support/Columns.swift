/// Text in columns for a terminal.
enum Columns {
  /// One field with the width it is filled up to.
  enum Field {
    case left(String, Int)
    case right(String, Int)
  }

  /// Fields with two spaces between them, without spaces at the end.
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
