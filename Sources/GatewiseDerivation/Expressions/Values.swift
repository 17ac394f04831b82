import Foundation

/// The place of one number: a quantity whose letters have become numbers.
public struct Place: Hashable, Sendable {
  let kind: Quantity.Kind
  let layer: Int?
  let indices: [Int]
  /// 1 to T; 0 is the initial state. Nil for what has no step.
  let step: Int?
  /// The block of truncated BPTT whose errors it is of.
  let block: Int?

  init(_ kind: Quantity.Kind, layer: Int? = nil, _ indices: [Int] = [], step: Int? = nil, block: Int? = nil) {
    (self.kind, self.layer, self.indices, self.step, self.block) = (kind, layer, indices, step, block)
  }
}

/// The table of numbers that formulas are evaluated on. Everything at step T + 1 is zero, and everything of a block behind
/// the block's last step.
public struct Values: Sendable {
  /// T
  public let steps: Int
  private let blocks: [ErrorBlock]
  private var numbers: [Place: Double] = [:]

  /// An empty table for T steps, and the blocks of truncated BPTT where there are some.
  public init(steps: Int, blocks: [ErrorBlock] = []) { (self.steps, self.blocks) = (steps, blocks) }

  /// The number at a place. Reading one that has not been written is a precondition failure: a line stands before those
  /// that it is made of.
  subscript(place: Place) -> Double {
    get {
      let last = place.block.map { blocks[$0 - 1].steps.upperBound } ?? steps
      if let step = place.step, step > last { return 0 }
      guard let number = numbers[place] else { preconditionFailure("\(place) has no number yet") }
      return number
    }
    set { numbers[place] = newValue }
  }

  /// The number at a place, or nil.
  func number(at place: Place) -> Double? { numbers[place] }
}

/// What the letters of a formula stand for.
struct Bindings {
  /// The value of every letter that runs.
  var letters: [String: Int] = [:]
  /// t; nil for a formula without one.
  var step: Int?
  /// What t runs over in a sum over steps; nil is 1 to T.
  var steps: ClosedRange<Int>?

  /// The bindings of each combination of the values of letters, the last letter fastest.
  static func all(of variables: [Variable], step: Int?, over steps: ClosedRange<Int>? = nil) -> [Bindings] {
    variables.reduce([Bindings(step: step, steps: steps)]) { bindings, variable in
      bindings.flatMap { outer in
        (0..<variable.count).map { value in
          var inner = outer
          inner.letters[variable.name] = value
          return inner
        }
      }
    }
  }
}

extension Quantity {
  /// The letters among its indices.
  var variables: [Variable] {
    indices.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
  }

  /// Its place for given letters, each of which has a value (precondition).
  func place(_ bindings: Bindings) -> Place {
    let indices = indices.map { index in
      switch index {
      case .number(let number): number
      case .variable(let variable): bindings.letters[variable.name]!
      }
    }
    return Place(kind, layer: layer, indices, step: step.map { bindings.step! + $0.offset }, block: block)
  }
}

extension Expression {
  /// Its number, from those of a table, each of which must be there (precondition).
  func value(_ values: Values, _ bindings: Bindings) -> Double {
    switch self {
    case .constant(let number): return number
    case .quantity(let quantity): return values[quantity.place(bindings)]
    case .slope(let quantity):
      let value = values[quantity.place(bindings)]
      return quantity.kind == .activation(.candidate) ? 1 - value * value : value * (1 - value)
    case .function(let function, let argument): return function(argument.value(values, bindings))
    case .sum(let terms): return terms.reduce(0) { $0 + $1.value(values, bindings) }
    case .product(let factors): return factors.reduce(1) { $0 * $1.value(values, bindings) }
    case .total(let variable, let body):
      var inner = bindings
      return (0..<variable.count).reduce(0) { total, value in
        inner.letters[variable.name] = value
        return total + body.value(values, inner)
      }
    case .totalOverSteps(let body):
      var inner = bindings
      return (bindings.steps ?? 1...values.steps).reduce(0) { total, t in
        inner.step = t
        return total + body.value(values, inner)
      }
    }
  }
}

extension Expression.Function {
  /// Its value.
  func callAsFunction(_ z: Double) -> Double {
    switch self {
    case .logistic: return 1 / (1 + Foundation.exp(-z))
    case .tanh: return Foundation.tanh(z)
    case .tanhSlope:
      let value = Foundation.tanh(z)
      return 1 - value * value
    }
  }
}
