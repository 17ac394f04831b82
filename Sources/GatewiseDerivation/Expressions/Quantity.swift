/// A named quantity of a derivation, such as o_k(t) of layer 1: what it is, where, and when.
public struct Quantity: Hashable, Sendable {
  /// What it is.
  public let kind: Kind
  /// Its layer, the lowest is 0; nil for the input and for what belongs to the whole network.
  public let layer: Int?
  /// Its units: one, or for weights and derivatives two, [from, to].
  public let indices: [Index]
  /// Its step; nil for weights and for sums over all steps.
  public let step: Step?
  /// The block of truncated BPTT whose errors it is of, from 1; nil where all errors go back at once, and for what no
  /// error is in.
  public let block: Int?

  /// A quantity.
  public init(
    _ kind: Kind, layer: Int? = nil, _ indices: [Index] = [], _ step: Step? = nil, block: Int? = nil
  ) {
    (self.kind, self.layer, self.indices, self.step, self.block) = (kind, layer, indices, step, block)
  }

  /// What a quantity is. E is the objective, Σ_t Σ_k y_k(t)·dy_k(t).
  public enum Kind: Hashable, Sendable {
    /// x
    case input
    /// y
    case output
    /// c
    case cell
    /// i, f, g or o
    case activation(Gate)
    /// a: the net input of a gate, what its squashing function is taken of
    case netInput(Gate)
    /// W, R, b and p of a gate
    case inputWeight(Gate), recurrentWeight(Gate), bias(Gate), peephole(Gate)
    /// dy: what the loss asks of the highest layer's output
    case lossError
    /// e: ∂E/∂y(t) as it comes from above
    case error
    /// dh: the error of y(t), with what comes back from step t+1
    case outputError
    /// δ: ∂E/∂ a gate's net input
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
    /// ∂y(t)/∂w, which only exact rules follow over time
    case outputTrace
    /// ∂E(t)/∂w: what the outputs of one step contribute
    case stepGradient
    /// ∂E/∂w
    case gradient
  }
}

/// One index of a quantity: a number, or a letter that runs.
public enum Index: Hashable, Sendable {
  case number(Int)
  case variable(Variable)
}

/// A letter that runs over units.
public struct Variable: Hashable, Sendable {
  /// The letter.
  public let name: String
  /// It runs over 0 ..< count.
  public let count: Int

  /// A letter.
  public init(_ name: String, count: Int) { (self.name, self.count) = (name, count) }
}

/// A step as formulas name it: t, t-1, t+1.
public struct Step: Hashable, Sendable {
  /// Its distance from t.
  public let offset: Int

  /// t
  public static let now = Step(offset: 0)
  /// t-1
  public static let before = Step(offset: -1)
  /// t+1
  public static let after = Step(offset: 1)
}
