/// A formula: a line of a derivation prints it and is evaluated from it.
public indirect enum Expression: Hashable, Sendable {
  /// A number.
  case constant(Double)
  /// A named quantity.
  case quantity(Quantity)
  /// The derivative of a gate's activation function, from the activation q: q(1 - q), and 1 - g² for the candidate.
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

  /// The quantities in the formula, with repetitions, from left to right.
  public var quantities: [Quantity] {
    switch self {
    case .constant: []
    case .quantity(let quantity), .slope(let quantity): [quantity]
    case .function(_, let argument): argument.quantities
    case .sum(let parts), .product(let parts): parts.flatMap(\.quantities)
    case .total(_, let body), .totalOverSteps(let body): body.quantities
    }
  }

  /// Returns the formula with its quantities replaced.
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

/// A term of a sum or a factor of a product.
protocol Formula {
  var expression: Expression { get }
}

extension Expression: Formula {
  var expression: Expression { self }
}

extension Quantity: Formula {
  var expression: Expression { .quantity(self) }
}

// Functions instead of operators, because a long chain of overloaded operators takes the compiler minutes.

/// Returns the product of formulas.
func product(_ factors: any Formula...) -> Expression { .product(factors.map(\.expression)) }

/// Returns the product of a formula and others.
func product(_ first: any Formula, _ others: [Expression]) -> Expression { .product([first.expression] + others) }

/// Returns the sum of formulas.
func sum(_ terms: [Expression]) -> Expression { terms.count == 1 ? terms[0] : .sum(terms) }
