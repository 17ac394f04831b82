import Foundation

/// A piece of a written derivation. Every format writes the same blocks.
public enum Block: Sendable {
  /// The title of the derivation.
  case title(Prose)
  /// The title of a section.
  case heading(Prose)
  /// One or more sentences.
  case paragraph(Prose)
  /// A line's formula.
  case formula(FormulaBlock)
  /// Sentences with labels.
  case notes([Note])
  /// Numbers.
  case table(NumberTable)

  /// A sentence with a label.
  public struct Note: Sendable {
    let label: Prose
    let text: Prose
  }
}

/// A line in print: the left side, and one summand below the other.
public struct FormulaBlock: Sendable {
  /// The number of the line; nil if it is printed elsewhere.
  let number: Int?
  let result: Quantity
  let partial: Quantity?
  let terms: [Line.Term]

  /// Whether the rule cuts every summand, so that zero is left.
  var isEmpty: Bool { terms.allSatisfy { $0.cut != nil } }

  init(_ line: Line, number: Int? = nil, withoutCuts: Bool = false) {
    (self.number, result, partial) = (number, line.result, line.partial)
    terms = withoutCuts ? line.terms.filter { $0.cut == nil } : line.terms
  }
}

/// Numbers in rows, each with a label.
public struct NumberTable: Sendable {
  let head: [String]
  let rows: [[String]]
  /// The result of the comparison.
  let closing: Prose

  /// The numbers of a line, for a limited number of units, and the difference of all of them from the engine's.
  init(_ evaluated: EvaluatedLine, more: [(name: String, number: Double)] = []) {
    let letters = evaluated.line.result.variables.map(\.name)
    let hasSteps = evaluated.line.result.step != nil
    head = [""] + (hasSteps ? evaluated.steps.map { "t = \($0)" } : ["value"])
    var rows: [[String]] = []
    for row in evaluated.rows.prefix(Self.shownRows) {
      let name = zip(letters, row.units).map { "\($0) = \($1)" }.joined(separator: ", ")
      rows.append([name.isEmpty ? "this line" : name] + row.numbers.map(Self.text))
      if let engine = row.engine { rows.append(["the engine"] + engine.map(Self.text)) }
    }
    for (name, number) in more { rows.append([name, Self.text(number)]) }
    self.rows = rows
    let hidden = evaluated.rows.count - Self.shownRows
    let rest: Prose = hidden > 0 ? "And \(hidden) more rows. " : ""
    closing = rest + Self.verdict(evaluated)
  }

  private static let shownRows = 4

  private static func verdict(_ evaluated: EvaluatedLine) -> Prose {
    guard let difference = evaluated.difference else {
      return "DIFFERS from the engine, which has no such number."
    }
    return evaluated.agrees
      ? "Agrees with the engine: largest relative difference \(scientific(difference))."
      : "DIFFERS from the engine: largest relative difference \(scientific(difference))."
  }

  /// A number with nine decimals, or with an exponent if these would show few of its digits.
  static func text(_ number: Double) -> String {
    number == 0
      ? "0"
      : (1e-4..<1e6).contains(number.magnitude)
        ? String(format: "%+.9f", number) : String(format: "%+.5e", number)
  }

  /// A small number.
  static func scientific(_ number: Double) -> String { number == 0 ? "0" : String(format: "%.1e", number) }
}
