/// A derivation as a LaTeX document, which needs amsmath.
public struct LaTeXWriter: DerivationWriter {
  private let notation = LaTeXNotation()

  /// Creates the writer.
  public init() {}

  /// A whole document.
  public func text(_ blocks: [Block]) -> String {
    """
    \\documentclass{article}
    \\usepackage[utf8]{inputenc}
    \\usepackage[T1]{fontenc}
    \\usepackage[a4paper,margin=2cm]{geometry}
    \\usepackage{amsmath}
    \\setlength{\\parindent}{0pt}
    \\setlength{\\parskip}{4pt}
    \\begin{document}

    """ + blocks.map(text).joined(separator: "\n\n") + "\n\n\\end{document}\n"
  }

  private func text(_ block: Block) -> String {
    switch block {
    case .title(let title): return "\\section*{\(inline(title))}"
    case .heading(let title): return "\\subsection*{\(inline(title))}"
    case .paragraph(let prose): return inline(prose)
    case .formula(let formula): return text(formula)
    case .notes(let notes):
      return
        (["\\begin{description}\\setlength{\\itemsep}{0pt}"]
        + notes.map { "\\item[{\(inline($0.label))}] \(inline($0.text))" } + ["\\end{description}"])
        .joined(separator: "\n")
    case .table(let table):
      let columns = "l" + String(repeating: "r", count: table.head.count - 1)
      let rows = ([table.head] + table.rows).map { $0.map(escape).joined(separator: " & ") + " \\\\" }
      return "{\\small\\begin{tabular}{\(columns)}\n" + rows.joined(separator: "\n") + "\n\\end{tabular}}\n\n"
        + inline(table.closing)
    }
  }

  /// One summand per line; cut summands have a brace below.
  private func text(_ formula: FormulaBlock) -> String {
    let left = notation.write(formula.result) + (formula.partial.map { " = " + notation.write(derivativeBy: $0) } ?? "")
    var isFirst = true
    var lines = formula.terms.map { term in
      let text = notation.write(term.expression)
      let path = term.path.isEmpty ? "" : " && \\text{\(escape(term.path))}"
      guard term.cut == nil else { return "  &\\quad \\bigl[\\underbrace{\(text)}_{\\text{cut}}\\bigr]" + path }
      defer { isFirst = false }
      return (isFirst ? "  &= " : "  &\\quad + ") + text + path
    }
    if formula.isEmpty { lines.append("  &= 0") }
    if let number = formula.number { lines[lines.count - 1] += " \\tag{\(number)}" }
    return "\\begin{align*}\n  &\(left) \\\\\n" + lines.joined(separator: " \\\\\n") + "\n\\end{align*}"
  }

  private func inline(_ prose: Prose) -> String { prose.text(notation, between: "$", words: escape) }

  /// Text with LaTeX's special characters escaped.
  private func escape(_ words: String) -> String {
    words.reduce(into: "") { escaped, character in
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": escaped += "\\\(character)"
      case "\\": escaped += "\\textbackslash{}"
      case "^": escaped += "\\textasciicircum{}"
      case "~": escaped += "\\textasciitilde{}"
      default: escaped.append(character)
      }
    }
  }
}
