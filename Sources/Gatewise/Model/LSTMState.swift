/// The hidden and cell states of all layers for N sequences, which a stack carries from step to step. A bidirectional
/// layer has two entries, the forward direction first.
public struct LSTMState<S: Scalar>: Sendable, Equatable {
  /// h of every layer, the lowest first, `[N, H]` each, or `[N, P]` if a direction has P outputs.
  public var hidden: [Tensor<S>]
  /// c of every layer, the lowest first, `[N, H]` each.
  public var cell: [Tensor<S>]

  /// The gate activations of every layer, the lowest first, `[N, G]` each in the order i, f, o; empty unless they are
  /// inputs of the next step (`MemoryCell.gateRecurrence`).
  public var gates: [Tensor<S>]

  /// N, from the lowest layer.
  var batchSize: Int { cell.first?.shape.first ?? 0 }

  /// Makes a state from its parts, which is validated against the model when it is used.
  public init(hidden: [Tensor<S>], cell: [Tensor<S>], gates: [Tensor<S>] = []) {
    self.hidden = hidden
    self.cell = cell
    self.gates = gates
  }

  /// Makes a zero state.
  ///
  /// - Precondition: the configuration is valid.
  public init(zerosFor configuration: LSTMConfiguration, batchSize: Int) {
    hidden = configuration.hiddenStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
    cell = configuration.cellStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
    gates = configuration.gateStateSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
  }

  /// Checks the shapes against a model and a batch.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` that names the tensor, or `.invalidArgument` for a wrong number of layers.
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
