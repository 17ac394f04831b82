/// A connection of two places, drawn once: errors run along it, or values, or both in opposite directions. If a rule
/// cuts some of the errors but not others, the cut ones have their own connection.
struct PictureArc {
  /// The start of the errors; if it carries only values, the start of these.
  let from: PictureNode
  /// The end.
  let to: PictureNode
  /// The edges of lines that run along it: first those of errors.
  let runs: [Run]
  /// Whether it is drawn beside another one between the same places, whose errors are not cut.
  let isBeside: Bool

  /// An edge of a line, at one step.
  struct Run {
    /// The line.
    let line: EvaluatedLine
    /// The edge's index among those of the line.
    let index: Int
    let edge: Line.Edge
    /// The summand of the line to which the edge belongs.
    let term: Line.Term
    /// t of the line; for a sum over steps, that of the summand.
    let step: Int
    let from: PictureNode
    let to: PictureNode

    /// Whether the edge carries a value, not an error or a derivative.
    var carriesValue: Bool { line.line.result.kind.current == .values }
    /// The block of truncated BPTT to which the edge belongs; nil for values, which belong to all of them.
    var block: Int? { edge.to.block ?? edge.from.block }
  }

  /// The kind of quantity along an arc, which determines its style.
  enum Style: String, CaseIterable {
    /// Only values.
    case values
    /// Errors.
    case errors
    /// The summands of the gradient of the weight.
    case gradient
    /// A path that the rule cuts.
    case cut
  }

  /// The line with which it is shown first.
  var main: Run { runs[0] }
  /// t of that line.
  var step: Int { main.step }
  /// Whether the rule cuts it.
  var isCut: Bool { runs.contains { $0.edge.isCut } }
  /// The blocks of truncated BPTT whose errors run along it; empty for other rules, and for values only.
  var blocks: [Int] { Set(runs.compactMap(\.block)).sorted() }

  var style: Style {
    if isCut { return .cut }
    if main.carriesValue { return .values }
    switch to.kind {
    case .trace, .stepGradient, .gradient, .blockGradient: return .gradient
    default: return .errors
    }
  }

  /// A name that is the same for every rule and at every step.
  var name: String { "\(from.name(from: step))-\(to.name(from: step))\(isBeside ? "-beside" : "")" }

  /// The factors of one end in its main line: one partial derivative for each of the line's edges along it.
  var partials: [Expression] {
    runs.filter { $0.line.number == main.line.number }.map {
      $0.term.expression.partial(by: $0.edge.from, of: $0.line.line.result) ?? .constant(1)
    }
  }
}

extension Expression {
  /// Returns the factor of one quantity in the formula; nil if the formula does not contain it.
  ///
  /// - Parameters:
  ///   - quantity: The quantity. If it occurs in several summands of one sum, the first counts.
  ///   - result: The left side of the formula.
  func partial(by quantity: Quantity, of result: Quantity) -> Expression? {
    switch self {
    case .constant, .slope: return nil
    case .quantity(let found): return found == quantity ? .constant(1) : nil
    case .total(_, let body), .totalOverSteps(let body): return body.partial(by: quantity, of: result)
    case .sum(let terms): return terms.lazy.compactMap { $0.partial(by: quantity, of: result) }.first
    case .product(let factors):
      for (index, factor) in factors.enumerated() {
        guard let partial = factor.partial(by: quantity, of: result) else { continue }
        return .product(factors[..<index] + [partial] + factors[(index + 1)...])
      }
      return nil
    case .function(let function, let argument):
      guard let inner = argument.partial(by: quantity, of: result) else { return nil }
      // For a gate, the factor of its pre-activation: the errors δ contain the derivative of the activation.
      if case .activation = result.kind { return inner }
      return function == .tanh ? .product([.function(.tanhSlope, argument), inner]) : nil
    }
  }
}
