/// A line of a derivation: a quantity as the sum of the paths that lead to it, with explanations.
public struct Line: Sendable {
  /// The left side.
  public internal(set) var result: Quantity
  /// The derivative that the result is, if it has its own letter: ∂E/∂ this.
  public var partial: Quantity?
  /// The sum on the right side.
  public var terms: [Term]
  /// The explanation in words.
  public internal(set) var words: Prose
  /// The change if the layer feeds another.
  public internal(set) var inStack: Prose
  /// The path of the output gate around the cell state, if this line shows it.
  public var aroundCell: Prose?
  /// The source of the equation.
  public internal(set) var source: Source
  /// The role of the line among the others.
  public var role = Role.step

  /// The role of a line among the others.
  public enum Role: Sendable {
    /// Later lines use its number.
    case step
    /// Shown for itself; the weight's gradient does not need it.
    case aside
    /// A second formula for the number of another line.
    case secondForm
  }

  /// A summand: a path by which errors, or values, arrive.
  public struct Term: Sendable {
    /// The formula.
    public var expression: Expression
    /// The name of the path.
    public var path: String
    /// The reason why the rule omits it; nil if it does not. A cut path counts as 0.
    public var cut: Cut?

    /// Creates a summand.
    public init(_ path: String, _ expression: Expression, cut: Cut? = nil) {
      (self.expression, self.path, self.cut) = (expression, path, cut)
    }

    init(_ path: String, _ formula: any Formula, cut: Cut? = nil) {
      self.init(path, formula.expression, cut: cut)
    }
  }

  /// The reason why a rule omits a path.
  public enum Cut: Sendable, CaseIterable {
    /// y(t-1) is a constant in the pre-activations of its own layer.
    case recurrence
    /// The cell state read by a peephole is a constant.
    case peephole
    /// The input of a layer above is a constant.
    case below
    /// The cell state of a layer above is a constant, though its input is not.
    case memory
    /// The state before a block of truncated BPTT is a constant.
    case recordedState

    /// In words.
    public var words: Prose {
      switch self {
      case .recurrence: "the output of a layer at step t-1 is a constant in its own pre-activations"
      case .peephole: "the cell state that a gate reads through its peephole is a constant"
      case .below: "the input of a layer from the layer below is a constant"
      case .memory: "the cell state that a layer carries to step t+1 is a constant for the layer below"
      case .recordedState: "the state before a block, y(t) and c(t) of every layer, is a recorded constant"
      }
    }
  }

  /// The paths that the rule omits.
  public var cuts: [Term] { terms.filter { $0.cut != nil } }

  /// An edge of the graph along which errors, or values, run.
  public struct Edge: Hashable, Sendable {
    /// The start.
    public let from: Quantity
    /// The end.
    public let to: Quantity
    /// Whether the rule cuts it.
    public let isCut: Bool
  }

  /// The edges from the operands of the line to its result: errors lead to errors, derivatives to derivatives, and
  /// values to values. The factors of an error have no edge.
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

/// The source of an equation.
public struct Source: Sendable, Hashable {
  /// The paper, and the place in it.
  public let paper: String
  /// The section of the book that has the equation.
  public let book: String
}

extension Quantity.Kind {
  /// The kind of quantity that runs along the edges of a graph.
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

  /// Whether truncated BPTT has one for each block: errors, and quantities computed from them.
  var isOfBlock: Bool { current == .errors || self == .gradient }
}
