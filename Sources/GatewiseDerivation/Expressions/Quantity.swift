/// A named quantity of a derivation with its layer, units and step, such as o_k(t) of layer 1.
public struct Quantity: Hashable, Sendable {
  /// The kind.
  public let kind: Kind
  /// The layer, 0 is the lowest; nil for the input and for quantities of the whole network.
  public let layer: Int?
  /// The units: one, or [from, to] for weights and derivatives.
  public let indices: [Index]
  /// The step; nil for weights and for sums over all steps.
  public let step: Step?
  /// The block of truncated BPTT to which the error belongs, from 1; nil if all errors go back at once, and for
  /// quantities without an error.
  public let block: Int?

  /// Creates a quantity.
  public init(
    _ kind: Kind, layer: Int? = nil, _ indices: [Index] = [], _ step: Step? = nil, block: Int? = nil
  ) {
    (self.kind, self.layer, self.indices, self.step, self.block) = (kind, layer, indices, step, block)
  }

  /// The kind of a quantity. E is the objective, Σ_t Σ_k y_k(t)·dy_k(t).
  public enum Kind: Hashable, Sendable {
    /// x
    case input
    /// y
    case output
    /// c
    case cell
    /// i, f, g or o
    case activation(Gate)
    /// a: the pre-activation of a gate
    case netInput(Gate)
    /// W, R, b and p of a gate
    case inputWeight(Gate), recurrentWeight(Gate), bias(Gate), peephole(Gate)
    /// dy: the gradient of the loss with respect to the highest layer's output
    case lossError
    /// e: ∂E/∂y(t) from the loss or the layer above
    case error
    /// dh: the error of y(t), including the error from step t+1
    case outputError
    /// δ: ∂E/∂ a gate's pre-activation
    case delta(Gate)
    /// δ̂: the same for the error of step t alone
    case currentDelta(Gate)
    /// e_s: the error that enters the cell state at step t
    case cellEntry
    /// dc: ∂E/∂c(t)
    case cellError
    /// ∂y/∂y of the layer below, at the same step
    case outputByInput
    /// ∂c(t)/∂w
    case cellTrace
    /// ∂y(t)/∂w, which only exact rules carry over time
    case outputTrace
    /// ∂E(t)/∂w: the contribution of the outputs of one step
    case stepGradient
    /// ∂E/∂w
    case gradient
  }
}

/// An index of a quantity: a number, or a letter with a range.
public enum Index: Hashable, Sendable {
  case number(Int)
  case variable(Variable)
}

/// A letter with a range of units.
public struct Variable: Hashable, Sendable {
  /// The letter.
  public let name: String
  /// The letter's range is 0 ..< count.
  public let count: Int

  /// Creates a letter.
  public init(_ name: String, count: Int) { (self.name, self.count) = (name, count) }
}

/// A step in formulas: t, t-1, t+1.
public struct Step: Hashable, Sendable {
  /// The distance from t.
  public let offset: Int

  /// t
  public static let now = Step(offset: 0)
  /// t-1
  public static let before = Step(offset: -1)
  /// t+1
  public static let after = Step(offset: 1)
}
