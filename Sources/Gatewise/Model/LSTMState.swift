/// The hidden and cell state of every layer for N sequences: what a stack remembers between windows and steps.
public struct LSTMState<S: Scalar>: Sendable, Equatable {
  /// h of every layer, the lowest first, `[N, H]` each.
  public var hidden: [Tensor<S>]
  /// c of every layer, the lowest first, `[N, H]` each.
  public var cell: [Tensor<S>]

  /// A state from its parts; it is checked against the model where it is used.
  public init(hidden: [Tensor<S>], cell: [Tensor<S>]) {
    self.hidden = hidden
    self.cell = cell
  }

  /// The state in which everything is zero.
  public init(zerosFor configuration: LSTMConfiguration, batchSize: Int) {
    hidden = configuration.hiddenSizes.map { Tensor(repeating: 0, shape: [batchSize, $0]) }
    cell = hidden
  }

  /// Checks the shapes against a model and a batch.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` naming the tensor.
  func validate(for configuration: LSTMConfiguration, batchSize: Int) throws(GatewiseError) {
    for (name, tensors) in [("h", hidden), ("c", cell)] {
      guard tensors.count == configuration.layerCount else {
        throw .invalidArgument(
          "The state has \(name) for \(tensors.count) layers, but the model has \(configuration.layerCount).")
      }
      for (layer, tensor) in tensors.enumerated() {
        try tensor.require(shape: [batchSize, configuration.hiddenSizes[layer]], named: "\(name) of layer \(layer)")
      }
    }
  }
}
