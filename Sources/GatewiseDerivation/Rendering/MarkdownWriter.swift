/// A derivation in Markdown, with formulas as code and numbers in tables.
public struct MarkdownWriter: DerivationWriter {
  private let notation = TextNotation()

  /// Creates the writer.
  public init() {}

  /// The blocks, separated by blank lines.
  public func text(_ blocks: [Block]) -> String {
    blocks.map(text).joined(separator: "\n\n") + "\n"
  }

  private func text(_ block: Block) -> String {
    switch block {
    case .title(let title): return "# " + inline(title)
    case .heading(let title): return "## " + inline(title)
    case .paragraph(let prose): return inline(prose)
    case .formula(let formula):
      let number = formula.number.map { "**(\($0))**\n\n" } ?? ""
      return number + (["```text"] + formula.plainLines + ["```"]).joined(separator: "\n")
    case .notes(let notes):
      return notes.map { "- **\(inline($0.label)):** \(inline($0.text))" }.joined(separator: "\n")
    case .table(let table):
      func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
      let rule = row(table.head.indices.map { $0 == 0 ? "---" : "---:" })
      let lines = [row(table.head), rule] + table.rows.map(row)
      return lines.joined(separator: "\n") + "\n\n" + inline(table.closing)
    }
  }

  /// Markdown's special characters in words are escaped; formulas are code.
  func inline(_ prose: Prose) -> String {
    prose.text(notation, between: "`") { words in
      words.reduce(into: "") { escaped, character in
        if "*_`[]<|\\".contains(character) { escaped.append("\\") }
        escaped.append(character)
      }
    }
  }
}
