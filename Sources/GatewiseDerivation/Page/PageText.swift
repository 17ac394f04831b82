/// The blocks of a derivation as HTML that is also XML.
struct PageText {
  private let notation = MathMLNotation()

  /// Some blocks.
  func html(_ blocks: [Block]) -> String { blocks.map { html($0) }.joined(separator: "\n") }

  /// A line with its blocks.
  ///
  /// - Parameters:
  ///   - id: The id of the element.
  ///   - line: The line, whose edges identify its summands.
  ///   - blocks: The blocks of the line.
  func article(id: String, _ line: EvaluatedLine, _ blocks: [Block]) -> String {
    var first = 0
    let edges = line.line.terms.map { term in
      let count = line.line.edges(of: term).count
      defer { first += count }
      return Array(first..<first + count)
    }
    return """
      <article class="derived" id="\(id)" data-line="\(line.number)"\
      \(line.line.result.block.map { " data-block=\"\($0)\"" } ?? "")>
      \(blocks.map { html($0, edges: edges) }.joined(separator: "\n"))
      </article>
      """
  }

  /// A formula within text.
  func inline(_ expression: Expression) -> String { "<math>\(notation.write(expression))</math>" }

  /// A sentence.
  func inline(_ prose: Prose) -> String {
    prose.pieces.map { piece in
      switch piece {
      case .words(let words): words.escaped
      case .formula(let expression): inline(expression)
      }
    }.joined()
  }

  private func html(_ block: Block, edges: [[Int]] = []) -> String {
    switch block {
    case .title(let prose): "<h2>\(inline(prose))</h2>"
    case .heading(let prose): "<h3>\(inline(prose))</h3>"
    case .paragraph(let prose): "<p>\(inline(prose))</p>"
    case .formula(let formula): html(formula, edges)
    case .notes(let notes):
      "<dl>" + notes.map { "<div><dt>\(inline($0.label))</dt><dd>\(inline($0.text))</dd></div>" }.joined() + "</dl>"
    case .table(let table): html(table)
    }
  }

  private func html(_ formula: FormulaBlock, _ edges: [[Int]]) -> String {
    let partial = formula.partial.map { "<mo>=</mo>" + notation.write(derivativeBy: $0) } ?? ""
    let number = formula.number.map { "<span class=\"number\">(\($0))</span>" } ?? ""
    var isFirst = true
    var terms = formula.terms.enumerated().map { index, term in
      let numbers = edges.isEmpty ? "" : " data-edges=\"\(edges[index].map(String.init).joined(separator: " "))\""
      let sign = term.cut != nil ? "" : isFirst ? "=" : "+"
      if term.cut == nil { isFirst = false }
      let path = (term.cut == nil ? "" : "<b>cut</b> ") + term.path.escaped
      return """
        <li\(term.cut == nil ? "" : " class=\"left-out\"")\(numbers)><span class="sign">\(sign)</span>\
        <math displaystyle="true">\(notation.write(term.expression))</math><span class="path">\(path)</span></li>
        """
    }
    if formula.isEmpty { terms.append("<li><span class=\"sign\">=</span><math><mn>0</mn></math></li>") }
    return """
      <div class="formula"><div class="left">\(number)\
      <math displaystyle="true">\(notation.write(formula.result))\(partial)</math></div>
      <ul class="terms">\(terms.joined(separator: "\n"))</ul></div>
      """
  }

  private func html(_ table: NumberTable) -> String {
    let head = table.head.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
    let rows = table.rows.map { row in
      "<tr\(row[0] == "the engine" ? " class=\"engine\"" : "")><th scope=\"row\">\(row[0].escaped)</th>"
        + row.dropFirst().map { "<td>\($0.signed)</td>" }.joined() + "</tr>"
    }
    return """
      <div class="wide"><table><thead><tr>\(head)</tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div><p class="verdict">\(inline(table.closing))</p>
      """
  }
}

extension String {
  /// The number with a minus sign as wide as a plus sign.
  fileprivate var signed: String { hasPrefix("-") ? "−" + dropFirst() : self }
}
