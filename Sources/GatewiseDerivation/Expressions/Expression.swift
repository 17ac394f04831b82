/// A formula: what a line of a derivation prints, and what its number is evaluated from.
public indirect enum Expression: Hashable, Sendable {
  /// A number.
  case constant(Double)
  /// A named quantity.
  case quantity(Quantity)
  /// The slope of a gate's squashing function where it has the value of this activation: q(1 - q), for the candidate
  /// 1 - g².
  case slope(Quantity)
  /// A function of a formula.
  case function(Function, Expression)
  /// A sum.
  case sum([Expression])
  /// A product.
  case product([Expression])
  /// The sum over all values of a letter.
  case total(Variable, Expression)
  /// The sum over the steps 1 to T.
  case totalOverSteps(Expression)

  /// The functions of the equations.
  public enum Function: String, Hashable, Sendable {
    /// σ, the logistic function
    case logistic
    /// tanh
    case tanh
    /// tanh', the derivative 1 - tanh²
    case tanhSlope
  }

  /// The quantities it is made of, each as often as it stands there, from left to right.
  public var quantities: [Quantity] {
    switch self {
    case .constant: []
    case .quantity(let quantity), .slope(let quantity): [quantity]
    case .function(_, let argument): argument.quantities
    case .sum(let parts), .product(let parts): parts.flatMap(\.quantities)
    case .total(_, let body), .totalOverSteps(let body): body.quantities
    }
  }

  /// The formula with other quantities in place of its own.
  func mapping(_ change: (Quantity) -> Quantity) -> Expression {
    switch self {
    case .constant: self
    case .quantity(let quantity): .quantity(change(quantity))
    case .slope(let quantity): .slope(change(quantity))
    case .function(let function, let argument): .function(function, argument.mapping(change))
    case .sum(let terms): .sum(terms.map { $0.mapping(change) })
    case .product(let factors): .product(factors.map { $0.mapping(change) })
    case .total(let letter, let body): .total(letter, body.mapping(change))
    case .totalOverSteps(let body): .totalOverSteps(body.mapping(change))
    }
  }
}

/// What can stand in a sum or a product.
protocol Formula {
  var expression: Expression { get }
}

extension Expression: Formula {
  var expression: Expression { self }
}

extension Quantity: Formula {
  var expression: Expression { .quantity(self) }
}

// Functions in place of operators: a long chain of overloaded operators takes the compiler minutes.

/// The product of formulas.
func product(_ factors: any Formula...) -> Expression { .product(factors.map(\.expression)) }

/// The product of a formula and others.
func product(_ first: any Formula, _ others: [Expression]) -> Expression { .product([first.expression] + others) }

/// The sum of formulas.
func sum(_ terms: [Expression]) -> Expression { terms.count == 1 ? terms[0] : .sum(terms) }
