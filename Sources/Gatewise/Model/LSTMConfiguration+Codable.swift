// Options that are missing in older files have their defaults, and defaults are not written, so that the text of a
// plain model never changes.

extension LSTMConfiguration: Codable {
  private enum Key: String, CodingKey {
    case inputSize, hiddenSizes, isBidirectional, projection, cell, peepholes, biases, normalization, embeddingSize
    case isResidual, regularization, learnsInitialState, readout
  }

  /// Decodes a configuration; missing options have their defaults.
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

  /// Encodes the configuration without options that have their defaults.
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

  /// The first format of model files that includes every option that is set: 1 has the default cell with all biases and
  /// a readout of h only; 2 adds the family of cells, biases by kind and the readout's shortcut from the input.
  var format: Int {
    var known = LSTMConfiguration(
      inputSize: inputSize, hiddenSizes: hiddenSizes, peepholes: peepholes, learnsInitialState: learnsInitialState,
      readout: readout)
    known.readout?.seesInput = false
    if self == known { return 1 }
    (known.readout, known.biases) = (readout, biases)
    known.cell = MemoryCell(
      cellsPerBlock: cell.cellsPerBlock, gating: cell.gating, inputActivation: cell.inputActivation,
      outputActivation: cell.outputActivation, gateRecurrence: cell.gateRecurrence)
    let functions: Set<Activation> = [
      .tanh, .identity, .logistic, .centeredLogistic, .doubledLogistic, .relu, .softsign,
    ]
    return self == known && functions.isSuperset(of: [cell.inputActivation, cell.outputActivation]) ? 2 : 3
  }
}

extension LSTMConfiguration.Readout: Codable {
  private enum Key: String, CodingKey { case outputSize, position, seesInput }

  /// Decodes a readout; missing options have their defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      outputSize: try values.decode(Int.self, forKey: .outputSize),
      position: try values.decode(Position.self, forKey: .position),
      seesInput: try values.decodeIfPresent(Bool.self, forKey: .seesInput) ?? false)
  }

  /// Encodes the readout without options that have their defaults.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(outputSize, forKey: .outputSize)
    try values.encode(position, forKey: .position)
    if seesInput { try values.encode(seesInput, forKey: .seesInput) }
  }
}
