/// A format in which derivations are written.
public protocol DerivationWriter: Sendable {
  /// Returns the text of some blocks.
  func text(_ blocks: [Block]) -> String
}

extension DerivationWriter {
  /// Returns the text of a derivation, with a final newline.
  public func text(_ derivation: Derivation) -> String { text(derivation.blocks) }
}

extension Prose {
  /// Returns the sentence with its formulas in a notation, each between two signs; words unchanged, or transformed.
  func text(
    _ notation: some Notation, between sign: String = "", words: (String) -> String = { $0 }
  ) -> String {
    pieces.map { piece in
      switch piece {
      case .words(let text): words(text)
      case .formula(let expression): sign + notation.write(expression) + sign
      }
    }.joined()
  }
}

extension FormulaBlock {
  /// The formula as lines of plain characters: the left side, then one summand per line followed by its path.
  var plainLines: [String] {
    let notation = TextNotation()
    let left = notation.write(result) + (partial.map { " = " + notation.write(derivativeBy: $0) } ?? "")
    var isFirst = true
    let summands = terms.map { term in
      let text = notation.write(term.expression)
      guard term.cut == nil else { return "[ \(text) ]" }
      defer { isFirst = false }
      return (isFirst ? "= " : "+ ") + text
    }
    let width = summands.map(\.count).filter { $0 <= 72 }.max() ?? 0
    let lines = zip(summands, terms).map { summand, term in
      let path = (term.cut == nil ? "" : "cut: ") + term.path
      let padding = String(repeating: " ", count: max(0, width - summand.count))
      return "    \(summand)" + (path.isEmpty ? "" : "\(padding)   \(path)")
    }
    return [left] + lines + (isEmpty ? ["    = 0"] : [])
  }
}
