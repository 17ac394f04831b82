// What a file written before an option existed does not say is that option's default, and a default is not written: so
// the text of a plain model stays as it was.

extension LSTMConfiguration: Codable {
  private enum Key: String, CodingKey {
    case inputSize, hiddenSizes, isBidirectional, projection, cell, peepholes, biases, normalization, embeddingSize
    case isResidual, regularization, learnsInitialState, readout
  }

  /// Reads what `encode` has written.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      inputSize: try values.decode(Int.self, forKey: .inputSize),
      hiddenSizes: try values.decode([Int].self, forKey: .hiddenSizes),
      isBidirectional: try values.decodeIfPresent(Bool.self, forKey: .isBidirectional) ?? false,
      projection: try values.decodeIfPresent(Projection.self, forKey: .projection),
      cell: try values.decodeIfPresent(MemoryCell.self, forKey: .cell) ?? .vanilla,
      peepholes: try values.decode(Bool.self, forKey: .peepholes),
      biases: try values.decodeIfPresent(Biases.self, forKey: .biases) ?? .all,
      normalization: try values.decodeIfPresent(LayerNormalization.self, forKey: .normalization),
      embeddingSize: try values.decodeIfPresent(Int.self, forKey: .embeddingSize),
      isResidual: try values.decodeIfPresent(Bool.self, forKey: .isResidual) ?? false,
      regularization: try values.decodeIfPresent(Regularization.self, forKey: .regularization) ?? .none,
      learnsInitialState: try values.decode(Bool.self, forKey: .learnsInitialState),
      readout: try values.decodeIfPresent(Readout.self, forKey: .readout))
  }

  /// Writes all but options that are at their default.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(inputSize, forKey: .inputSize)
    try values.encode(hiddenSizes, forKey: .hiddenSizes)
    if isBidirectional { try values.encode(isBidirectional, forKey: .isBidirectional) }
    try values.encodeIfPresent(projection, forKey: .projection)
    if cell != .vanilla { try values.encode(cell, forKey: .cell) }
    try values.encode(peepholes, forKey: .peepholes)
    if biases != .all { try values.encode(biases, forKey: .biases) }
    try values.encodeIfPresent(normalization, forKey: .normalization)
    try values.encodeIfPresent(embeddingSize, forKey: .embeddingSize)
    if isResidual { try values.encode(isResidual, forKey: .isResidual) }
    if regularization != .none { try values.encode(regularization, forKey: .regularization) }
    try values.encode(learnsInitialState, forKey: .learnsInitialState)
    try values.encodeIfPresent(readout, forKey: .readout)
  }

  /// Whether a version that knows none of the options above would read the model rightly.
  var isPlain: Bool {
    var plain = LSTMConfiguration(
      inputSize: inputSize, hiddenSizes: hiddenSizes, peepholes: peepholes, learnsInitialState: learnsInitialState,
      readout: readout)
    plain.readout?.seesInput = false
    return self == plain
  }
}

extension LSTMConfiguration.Readout: Codable {
  private enum Key: String, CodingKey { case outputSize, position, seesInput }

  /// Reads what `encode` has written.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      outputSize: try values.decode(Int.self, forKey: .outputSize),
      position: try values.decode(Position.self, forKey: .position),
      seesInput: try values.decodeIfPresent(Bool.self, forKey: .seesInput) ?? false)
  }

  /// Writes all but options that are at their default.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(outputSize, forKey: .outputSize)
    try values.encode(position, forKey: .position)
    if seesInput { try values.encode(seesInput, forKey: .seesInput) }
  }
}
