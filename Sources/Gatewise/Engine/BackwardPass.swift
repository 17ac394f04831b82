/// What a backward pass reads and writes.
struct BackwardPass<S: Scalar> {
  /// The parameters of the forward pass.
  let parameters: ParameterVector<S>
  /// The gradient of every parameter, `[P]`, overwritten; nil if only errors are wanted.
  let gradients: VectorView<S>?
  /// Whether the error of the input is wanted, which costs a product over all steps.
  let wantsInputError: Bool
  let paths: ErrorPaths
}

/// Which gates let an error through to the cell state that their peepholes see.
public enum PeepholePaths: Sendable, CaseIterable {
  /// None: "no error signals are propagated back from gates via peephole connections", Gers, Schraudolph & Schmidhuber
  /// 2002.
  case detached
  /// The output gate: the one that sees the state of its own step.
  case outputAttached
  /// All three, as in full backpropagation.
  case attached
}

/// The paths that an error takes through a stack: what tells the rules that lead it from the last step to the first
/// apart.
struct ErrorPaths: Equatable {
  /// What a layer sends to the layer below, or to the input.
  enum Below {
    /// δ_t·Wᵀ with all that δ_t holds, what came back through the cell state among it.
    case whole
    /// δ_t·Wᵀ with what δ_t would be for the error of step t alone: R1.
    case current
    /// Nothing: R0.
    case nothing
  }

  /// The nets whose part of δ_{t+1}·Rᵀ dh_t takes.
  let recurrence: Set<MemoryCell.Net>
  let peepholes: PeepholePaths
  let below: Below
  /// Bounds of every element of δ_t; nil where there are none.
  var deltaClip: Double?

  /// Every path: backpropagation through time.
  static let all = ErrorPaths.all(deltaClip: nil)

  /// The same, with bounds of the deltas.
  static func all(deltaClip: Double?) -> ErrorPaths {
    ErrorPaths(
      recurrence: Set(MemoryCell.Net.allCases), peepholes: .attached, below: .whole, deltaClip: deltaClip)
  }
}
