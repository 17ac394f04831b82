import Foundation

/// An article of the book under construction: Markdown for DocC, with lines of derivations in two sets of letters.
///
/// It contains no number whose last digit depends on the machine.
struct ArticleText {
  private var pieces: [String] = []
  private let columns = 120

  /// The whole text.
  var text: String { pieces.joined(separator: "\n\n") + "\n" }

  /// Adds Markdown unchanged.
  mutating func add(_ markdown: String) { pieces.append(markdown) }

  /// Adds the title of a section.
  mutating func heading(_ title: String) { add("### \(title)") }

  /// Adds sentences with formulas in the engine's letters.
  mutating func paragraph(_ prose: Prose) { add(wrapped(MarkdownWriter().inline(prose))) }

  /// Adds sentences that are already Markdown.
  mutating func paragraph(markdown: String) { add(wrapped(markdown)) }

  /// Adds sentences as a list.
  mutating func list(_ items: [Prose]) {
    add(items.map { wrapped("- " + MarkdownWriter().inline($0), indent: "  ") }.joined(separator: "\n"))
  }

  /// Adds a table; cells are Markdown.
  mutating func table(_ head: [String], _ rows: [[String]], numbersFrom first: Int = .max) {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = "|" + head.indices.map { $0 < first ? "---|" : "---:|" }.joined()
    add(([line(head), rule] + rows.map(line)).joined(separator: "\n"))
  }

  /// Adds lines of a derivation, one path below the other: in the engine's letters and in the dissertation's.
  mutating func lines(_ lines: [Line]) {
    table(["", "the engine's letters", "the dissertation's", "path"], lines.flatMap(Self.rows))
  }

  private static func rows(of line: Line) -> [[String]] {
    var isFirst = true
    let notations = [TextNotation(), DissertationNotation()] as [any Notation]
    func cells(_ sign: String, _ path: String, _ write: (any Notation) -> String) -> [String] {
      [sign] + notations.map { "`\(write($0))`" } + [path]
    }
    var rows = [
      cells("", "") { notation in
        notation.write(line.result) + (line.partial.map { " = " + notation.write(derivativeBy: $0) } ?? "")
      }
    ]
    for term in line.terms {
      let sign = term.cut != nil ? "cut" : isFirst ? "=" : "+"
      if term.cut == nil { isFirst = false }
      rows.append(cells(sign, term.path) { $0.write(term.expression) })
    }
    if isFirst { rows.append(["=", "`0`", "`0`", ""]) }
    return rows
  }

  /// A number as in tables.
  static func number(_ number: Double) -> String { number == 0 ? "0" : String(format: "%+.6f", number) }

  /// A fraction in percent.
  static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  /// The words `a, b and c`.
  static func list(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words.last!
  }

  private func wrapped(_ text: String, indent: String = "") -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count + 1 <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append((lines.isEmpty ? "" : indent) + word)
      }
    }
    return lines.joined(separator: "\n")
  }
}
