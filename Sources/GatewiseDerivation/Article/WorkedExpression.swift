extension Expression {
  /// The formula with numbers in place of letters, and its sums over letters written out.
  func writtenOut(_ letters: [String: Int]) -> Expression {
    switch self {
    case .total(let variable, let body):
      return .sum(
        (0..<variable.count).map { value in
          body.writtenOut(letters.merging([variable.name: value]) { $1 })
        })
    case .sum(let terms): return .sum(terms.map { $0.writtenOut(letters) })
    case .product(let factors): return .product(factors.map { $0.writtenOut(letters) })
    case .function(let function, let argument): return .function(function, argument.writtenOut(letters))
    case .totalOverSteps(let body): return .totalOverSteps(body.writtenOut(letters))
    case .constant, .quantity, .slope:
      return mapping { quantity in
        let indices = quantity.indices.map { index in
          if case .variable(let variable) = index, let number = letters[variable.name] {
            Index.number(number)
          } else {
            index
          }
        }
        return Quantity(quantity.kind, layer: quantity.layer, indices, quantity.step, block: quantity.block)
      }
    }
  }

  /// A written-out formula as sums of products of numbers.
  func inNumbers(_ values: Values, step: Int) -> String {
    switch self {
    case .sum(let terms): return terms.map { $0.inNumbers(values, step: step) }.joined(separator: " + ")
    case .product(let factors):
      return factors.map { factor in
        let text = factor.inNumbers(values, step: step)
        if case .sum = factor { return "(\(text))" }
        return text
      }.joined(separator: "·")
    default: return "(\(ArticleText.number(value(values, Bindings(step: step)))))"
    }
  }
}

extension String {
  /// A formula's text with a number in place of t.
  func at(step t: Int) -> String {
    [("(t)", t), ("(t-1)", t - 1), ("(t+1)", t + 1)].reduce(self) { text, step in
      text.split(separator: step.0, omittingEmptySubsequences: false).joined(separator: "(\(step.1))")
    }
  }
}
