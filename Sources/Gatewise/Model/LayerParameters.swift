/// The sizes of one direction of a layer and the offsets of its parameters in the flat vector.
struct LayerParameters: Sendable, Equatable {
  /// The layer's number.
  let index: Int
  /// Whether the direction processes sequences from the last step to the first.
  let isReverse: Bool
  let inputSize: Int
  let hiddenSize: Int
  /// P: the number of outputs, H by default.
  let outputSize: Int
  let cell: MemoryCell
  let columns: GateColumns
  let inputWeights: Int
  let recurrentWeights: Int
  let gateWeights: Int?
  let bias: LayerBias
  let peepholes: Int?
  /// The offsets of the tensors of optional components, by their names without the suffix.
  var componentTensors: [String: Int] = [:]
  var initialHidden: Int?
  var initialCell: Int?

  /// Returns the offset of a component's tensor; nil if the direction does not have it.
  func offset(of tensor: LayerTensor) -> Int? { componentTensors[tensor.name] }

  /// Returns its number among the directions of all layers, the order of a state's entries.
  func direction(of configuration: LSTMConfiguration) -> Int {
    index * configuration.directionCount + (isReverse ? 1 : 0)
  }

  /// The name of its parts: `layer0`, `layer0_reverse`.
  var name: String { "layer\(index)\(isReverse ? "_reverse" : "")" }

  /// The suffix of its tensors' names: `_l0`, `_l0_reverse`.
  var suffix: String { Self.suffix(index, isReverse: isReverse) }

  static func suffix(_ layer: Int, isReverse: Bool) -> String { "_l\(layer)\(isReverse ? "_reverse" : "")" }
}

/// The sizes of the readout and the offsets of its parameters in the flat vector.
struct ReadoutParameters: Sendable, Equatable {
  let inputSize: Int
  let outputSize: Int
  let weights: Int
  let shortcutSize: Int
  let shortcut: Int?
  let bias: Int?
}
