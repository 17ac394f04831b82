import Foundation

/// The key of one number: a quantity with numbers in place of letters.
public struct Place: Hashable, Sendable {
  let kind: Quantity.Kind
  let layer: Int?
  let indices: [Int]
  /// 1 to T; 0 is the initial state. nil for quantities without a step.
  let step: Int?
  /// The block of truncated BPTT to which the error belongs.
  let block: Int?

  init(_ kind: Quantity.Kind, layer: Int? = nil, _ indices: [Int] = [], step: Int? = nil, block: Int? = nil) {
    (self.kind, self.layer, self.indices, self.step, self.block) = (kind, layer, indices, step, block)
  }
}

/// The numbers from which formulas are evaluated. Everything at step T + 1 is zero, and so is everything of a block
/// after the block's last step.
public struct Values: Sendable {
  /// T
  public let steps: Int
  private let blocks: [ErrorBlock]
  private var numbers: [Place: Double] = [:]

  /// Creates an empty table for T steps, and for the blocks of truncated BPTT, if any.
  public init(steps: Int, blocks: [ErrorBlock] = []) { (self.steps, self.blocks) = (steps, blocks) }

  /// The number at a place. It must have been written (precondition): a line comes before those that use it.
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

/// The values of the letters in a formula.
struct Bindings {
  /// The value of every letter with a range.
  var letters: [String: Int] = [:]
  /// t; nil for a formula without one.
  var step: Int?
  /// The range of t in a sum over steps; nil means 1 to T.
  var steps: ClosedRange<Int>?

  /// The bindings for each combination of values of letters, the last letter fastest.
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

  /// The place for given letters, each of which must have a value (precondition).
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
  /// The value from the numbers of a table, each of which must exist (precondition).
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
