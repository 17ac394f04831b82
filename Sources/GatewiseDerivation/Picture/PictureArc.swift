/// A connection of two places, drawn once: errors run along it, or values, or both in opposite directions. Where a rule
/// cuts some of the errors and not others, the cut ones have a connection of their own.
struct PictureArc {
  /// Where errors come from; where it carries values alone, where these come from.
  let from: PictureNode
  /// Where they arrive.
  let to: PictureNode
  /// The edges of lines that run along it: first those that errors take.
  let runs: [Run]
  /// Whether it stands beside another one between the same places, whose errors are not cut.
  let isBeside: Bool

  /// An edge of a line, at one step.
  struct Run {
    /// The line.
    let line: EvaluatedLine
    /// The edge's position among those of the line.
    let index: Int
    let edge: Line.Edge
    /// The summand of the line that it is of.
    let term: Line.Term
    /// t of the line; of a sum over steps, that of the summand.
    let step: Int
    let from: PictureNode
    let to: PictureNode

    /// Whether a value runs along it, and not an error or a derivative.
    var carriesValue: Bool { line.line.result.kind.current == .values }
    /// The block of truncated BPTT that it is of; nil for values, which are of all of them.
    var block: Int? { edge.to.block ?? edge.from.block }
  }

  /// What runs along an arc, by which it is drawn.
  enum Style: String, CaseIterable {
    /// Values, and no error.
    case values
    /// Errors.
    case errors
    /// What the gradient of the weight is summed from.
    case gradient
    /// A path that the rule leaves out.
    case cut
  }

  /// The line that it is shown with first.
  var main: Run { runs[0] }
  /// t of that line.
  var step: Int { main.step }
  /// Whether the rule cuts it.
  var isCut: Bool { runs.contains { $0.edge.isCut } }
  /// The blocks of truncated BPTT whose errors run along it; none for other rules, and for values alone.
  var blocks: [Int] { Set(runs.compactMap(\.block)).sorted() }

  var style: Style {
    if isCut { return .cut }
    if main.carriesValue { return .values }
    switch to.kind {
    case .trace, .stepGradient, .gradient, .blockGradient: return .gradient
    default: return .errors
    }
  }

  /// A name for it that every rule gives it, and that it shares with its like at other steps.
  var name: String { "\(from.name(from: step))-\(to.name(from: step))\(isBeside ? "-beside" : "")" }

  /// What its main line multiplies the one end by: one partial for each of the line's edges that run along it.
  var partials: [Expression] {
    runs.filter { $0.line.number == main.line.number }.map {
      $0.term.expression.partial(by: $0.edge.from, of: $0.line.line.result) ?? .constant(1)
    }
  }
}

extension Expression {
  /// What the formula multiplies one quantity in it with; nil where it is not made of it.
  ///
  /// - Parameters:
  ///   - quantity: the quantity. Where it stands in several summands of one sum, the first counts.
  ///   - result: what the formula is of.
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
      // Of a gate it is that of its net input: the errors δ have the slope in them.
      if case .activation = result.kind { return inner }
      return function == .tanh ? .product([.function(.tanhSlope, argument), inner]) : nil
    }
  }
}
