/// One direction of a layer as sizes and as offsets into the flat vector.
struct LayerParameters: Sendable, Equatable {
  /// The layer's number.
  let index: Int
  /// Whether sequences are read from their last step to the first.
  let isReverse: Bool
  let inputSize: Int
  let hiddenSize: Int
  /// P where there is a projection, else H.
  let outputSize: Int
  let cell: MemoryCell
  let columns: GateColumns
  let inputWeights: Int
  let recurrentWeights: Int
  let gateWeights: Int?
  let bias: LayerBias
  let peepholes: Int?
  let projection: Projection?
  let normalization: NormalizationParameters?
  var initialHidden: Int?
  var initialCell: Int?

  /// Q and its bounds.
  struct Projection: Sendable, Equatable {
    let weights: Int
    let clip: Double?
  }

  /// What tells its tensors' names from other layers': `_l0`, `_l0_reverse`.
  var suffix: String { Self.suffix(index, isReverse: isReverse) }

  static func suffix(_ layer: Int, isReverse: Bool) -> String { "_l\(layer)\(isReverse ? "_reverse" : "")" }
}

/// The readout as sizes and as offsets into the flat vector.
struct ReadoutParameters: Sendable, Equatable {
  let inputSize: Int
  let outputSize: Int
  let weights: Int
  let shortcutSize: Int
  let shortcut: Int?
  let bias: Int?
}
