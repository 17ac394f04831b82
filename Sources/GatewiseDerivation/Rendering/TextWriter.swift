/// A derivation for a terminal.
public struct TextWriter: DerivationWriter {
  private let notation = TextNotation()
  private let width = 100

  /// Creates the writer.
  public init() {}

  /// The blocks as lines of at most some 100 columns; formulas may be longer.
  public func text(_ blocks: [Block]) -> String {
    blocks.map(text).joined(separator: "\n") + "\n"
  }

  private func text(_ block: Block) -> String {
    switch block {
    case .title(let title):
      let text = plain(title)
      return text + "\n" + String(repeating: "=", count: text.count) + "\n"
    case .heading(let title):
      let text = plain(title)
      return "\n" + text + "\n" + String(repeating: "-", count: text.count) + "\n"
    case .paragraph(let prose): return wrap(plain(prose), indent: "") + "\n"
    case .formula(let formula):
      let number = formula.number.map { "(\($0)) " } ?? ""
      return formula.plainLines.enumerated().map { ($0 == 0 ? number : "") + $1 }.joined(separator: "\n") + "\n"
    case .notes(let notes):
      return notes.map { note in
        wrap("\(plain(note.label)): \(plain(note.text))", indent: "      ")
      }.joined(separator: "\n") + "\n"
    case .table(let table): return text(table)
    }
  }

  private func text(_ table: NumberTable) -> String {
    let rows = [table.head] + table.rows
    let widths = table.head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = row.enumerated().map { index, cell in
        let padding = String(repeating: " ", count: widths[index] - cell.count)
        return index == 0 ? cell + padding : padding + cell
      }
      return trimmed("      " + cells.joined(separator: "  "))
    }
    return (lines + [wrap(plain(table.closing), indent: "      ")]).joined(separator: "\n") + "\n"
  }

  private func plain(_ prose: Prose) -> String { prose.text(notation) }

  /// Wraps a sentence between words.
  private func wrap(_ text: String, indent: String) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count + 1 <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(indent + word)
      }
    }
    return lines.joined(separator: "\n")
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
