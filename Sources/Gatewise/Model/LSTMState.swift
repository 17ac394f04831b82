/// The hidden and cell state of every layer for N sequences: what a stack remembers between windows and steps. A
/// bidirectional layer has two entries, the forward direction's first.
public struct LSTMState<S: Scalar>: Sendable, Equatable {
  /// h of every layer, the lowest first, `[N, H]` each, or `[N, P]` where it is projected.
  public var hidden: [Tensor<S>]
  /// c of every layer, the lowest first, `[N, H]` each.
  public var cell: [Tensor<S>]

  /// The gates' activations of every layer, the lowest first, `[N, G]` each in the order i, f, o; none at all unless
  /// they are inputs of the next step (`MemoryCell.gateRecurrence`).
  public var gates: [Tensor<S>]

  /// N, as the lowest layer has it.
  var batchSize: Int { cell.first?.shape.first ?? 0 }

  /// A state from its parts; it is checked against the model where it is used.
  public init(hidden: [Tensor<S>], cell: [Tensor<S>], gates: [Tensor<S>] = []) {
    self.hidden = hidden
    self.cell = cell
    self.gates = gates
  }

  /// The state in which everything is zero. The configuration must be one that a model can be made of (precondition).
  public init(zerosFor configuration: LSTMConfiguration, batchSize: Int) {
    hidden = configuration.hiddenStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
    cell = configuration.cellStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
    gates = configuration.gateStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
  }

  /// Checks the shapes against a model and a batch.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` naming the tensor.
  func validate(for configuration: LSTMConfiguration, batchSize: Int) throws(GatewiseError) {
    let directions = configuration.isBidirectional ? "directions of layers" : "layers"
    for (name, tensors, widths) in [
      ("h", hidden, configuration.hiddenStateSizes), ("c", cell, configuration.cellStateSizes),
      ("gate activations", gates, configuration.gateStateSizes),
    ] {
      guard tensors.count == widths.count else {
        throw .invalidArgument(
          "The state has \(name) for \(tensors.count) \(directions), but the model has \(widths.count).")
      }
      for (layer, tensor) in tensors.enumerated() {
        try tensor.require(
          shape: [batchSize, widths[layer]], named: "\(name) of \(configuration.nameOfDirection(layer))")
      }
    }
  }
}
