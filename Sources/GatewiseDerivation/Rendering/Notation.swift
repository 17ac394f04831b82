/// The signs and letters of formulas in one format.
public protocol Notation: Sendable {
  /// The sign between factors.
  var times: String { get }
  /// The sign between summands.
  var plus: String { get }
  /// A number in digits.
  func write(number: String) -> String
  /// A quantity.
  func write(_ quantity: Quantity) -> String
  /// The derivative of a gate's activation function.
  func write(slopeOf activation: Quantity) -> String
  /// A function of a written formula.
  func write(_ function: Expression.Function, of argument: String) -> String
  /// The sum over a letter of a written formula.
  func write(totalOver letter: String, _ body: String) -> String
  /// The sum over all steps of a written formula.
  func write(totalOverSteps body: String) -> String
  /// The derivative of E.
  func write(derivativeBy quantity: Quantity) -> String
  /// Parentheses.
  func parenthesized(_ text: String) -> String
}

extension Notation {
  /// A plus sign between spaces.
  public var plus: String { " + " }

  /// The digits as they are.
  public func write(number: String) -> String { number }

  /// A formula.
  public func write(_ expression: Expression) -> String {
    switch expression {
    case .constant(let number): return write(number: number == number.rounded() ? "\(Int(number))" : "\(number)")
    case .quantity(let quantity): return write(quantity)
    case .slope(let activation): return write(slopeOf: activation)
    case .function(let function, let argument): return write(function, of: write(argument))
    case .sum(let terms): return terms.map(write).joined(separator: plus)
    case .product: return write(factors: expression.factors)
    case .total(let letter, let body): return write(totalOver: letter.name, grouped(body))
    case .totalOverSteps(let body): return write(totalOverSteps: grouped(body))
    }
  }

  private func write(factors: [Expression]) -> String {
    guard let last = factors.indices.last else { return write(number: "1") }
    return factors.indices.map { index in
      // A sum over a letter extends to the end of a product.
      if case .total = factors[index], index == last { return write(factors[index]) }
      return factors[index].isSum ? parenthesized(write(factors[index])) : write(factors[index])
    }.joined(separator: times)
  }

  private func grouped(_ body: Expression) -> String {
    if case .sum = body { parenthesized(write(body)) } else { write(body) }
  }
}

extension Expression {
  /// The factors of a product and of its inner products, without ones; any other formula itself.
  fileprivate var factors: [Expression] {
    switch self {
    case .product(let factors): factors.flatMap(\.factors)
    case .constant(1): []
    default: [self]
    }
  }

  fileprivate var isSum: Bool {
    switch self {
    case .sum, .total, .totalOverSteps: true
    default: false
    }
  }
}

extension Step {
  /// t, t-1 or t+1.
  var text: String { offset == 0 ? "t" : offset < 0 ? "t-\(-offset)" : "t+\(offset)" }
}

extension Index {
  /// The number or the letter.
  var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .variable(let variable): variable.name
    }
  }
}
