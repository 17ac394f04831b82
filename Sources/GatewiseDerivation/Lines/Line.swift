/// One line of a derivation: a quantity as the sum of the paths that lead to it, with what a reader asks about it.
public struct Line: Sendable {
  /// What stands on the left.
  public internal(set) var result: Quantity
  /// The derivative that the result is, where it has a letter of its own: ∂E/∂ this.
  public var partial: Quantity?
  /// The sum on the right.
  public var terms: [Term]
  /// In words, what it is.
  public internal(set) var words: Prose
  /// What changes because the layer feeds another.
  public internal(set) var inStack: Prose
  /// How the output gate's path goes around the cell state, where this line shows it.
  public var aroundCell: Prose?
  /// Where the equation comes from.
  public internal(set) var source: Source
  /// How the line belongs to the others.
  public var role = Role.step

  /// How a line belongs to the others.
  public enum Role: Sendable {
    /// Later lines are made of its number.
    case step
    /// Shown for itself; the weight's gradient does not need it.
    case aside
    /// A second way to a number that another line has.
    case secondForm
  }

  /// One summand: a path by which errors, or values, arrive.
  public struct Term: Sendable {
    /// The formula.
    public var expression: Expression
    /// Which path it is.
    public var path: String
    /// Why the rule leaves it out; nil where it does not. A path that is cut counts 0.
    public var cut: Cut?

    /// A summand.
    public init(_ path: String, _ expression: Expression, cut: Cut? = nil) {
      (self.expression, self.path, self.cut) = (expression, path, cut)
    }

    init(_ path: String, _ formula: any Formula, cut: Cut? = nil) {
      self.init(path, formula.expression, cut: cut)
    }
  }

  /// Why a rule leaves a path out.
  public enum Cut: Sendable, CaseIterable {
    /// y(t-1) is a constant to the nets of its own layer.
    case recurrence
    /// What a peephole sees is a constant.
    case peephole
    /// What a layer above reads is a constant.
    case below
    /// What a layer above remembers is a constant, though what it reads is not.
    case memory
    /// The state in front of a block of truncated BPTT is a constant.
    case recordedState

    /// In words.
    public var words: Prose {
      switch self {
      case .recurrence: "what a layer has put out at step t-1 is a constant to its own nets"
      case .peephole: "what a gate sees through its peephole is a constant"
      case .below: "what a layer reads from the layer below is a constant"
      case .memory: "the cell state that a layer remembers at step t+1 is a constant to the layer below"
      case .recordedState: "the state in front of a block, y(t) and c(t) of every layer, is a recorded constant"
      }
    }
  }

  /// The paths that the rule leaves out.
  public var cuts: [Term] { terms.filter { $0.cut != nil } }

  /// An edge of the graph along which errors, or values, run.
  public struct Edge: Hashable, Sendable {
    /// Where it begins.
    public let from: Quantity
    /// Where it ends.
    public let to: Quantity
    /// Whether the rule cuts it.
    public let isCut: Bool
  }

  /// The edges from what the line is made of to its result: errors lead to errors, derivatives to derivatives, and
  /// values to values. What an error is only multiplied with is none.
  public var edges: [Edge] {
    terms.flatMap { term in
      term.expression.quantities.filter { result.kind.isReached(from: $0.kind) }.map {
        Edge(from: $0, to: result, isCut: term.cut != nil)
      }
    }
  }

  /// The number of the line for given letters.
  func value(_ values: Values, _ bindings: Bindings) -> Double {
    terms.reduce(0) { $1.cut == nil ? $0 + $1.expression.value(values, bindings) : $0 }
  }
}

/// Where an equation comes from.
public struct Source: Sendable, Hashable {
  /// The paper, and where in it.
  public let paper: String
  /// The section of the book that has the equation.
  public let book: String
}

extension Quantity.Kind {
  /// What runs along the edges of a graph.
  enum Current { case values, errors, derivatives, sums, parameters }

  var current: Current {
    switch self {
    case .input, .output, .cell, .activation, .netInput: .values
    case .inputWeight, .recurrentWeight, .bias, .peephole: .parameters
    case .lossError, .error, .outputError, .delta, .currentDelta, .cellEntry, .cellError: .errors
    case .outputByInput, .cellTrace, .outputTrace: .derivatives
    case .stepGradient, .gradient: .sums
    }
  }

  fileprivate func isReached(from other: Quantity.Kind) -> Bool {
    switch (current, other.current) {
    case (.values, .values), (.errors, .errors), (.derivatives, .derivatives): true
    case (.errors, .derivatives), (.sums, .errors), (.sums, .derivatives), (.sums, .sums): true
    default: false
    }
  }

  /// Whether truncated BPTT has one for each block: errors, and what is made of them.
  var isOfBlock: Bool { current == .errors || self == .gradient }
}
