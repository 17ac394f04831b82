extension ParameterLayout {
  /// The role of a parameter tensor, with its shape in the flat vector.
  package enum Role: String, Sendable, CaseIterable {
    /// E `[I, M]` of the embedding
    case embedding
    /// W `[I, C]`
    case inputWeights
    /// R `[H, C]`, or `[P, C]` with a projection
    case recurrentWeights
    /// U `[G, C]`: from the G gate activations of the previous step, in the order i, f, o
    case gateWeights
    /// b `[C]`, or of fewer columns if some kinds of units have no bias
    case bias
    /// p `[3, H]`, rows in the order i, f, o; without the row of a missing gate
    case peepholes
    /// Q `[H, P]`
    case projectionWeights
    /// Gain of a normalization, `[C]` of pre-activations or products, `[H]` of cells
    case normalizationGain
    /// Bias of the cells' normalization `[H]`
    case normalizationBias
    /// h before the first step `[H]`, or `[P]`
    case initialHidden
    /// c before the first step `[H]`
    case initialCell
    /// W `[D·H, K]` of the readout, or `[D·P, K]`
    case readoutWeights
    /// V `[I, K]` of the readout: from the model's input
    case shortcutWeights
    /// b `[K]` of the readout
    case readoutBias
  }
}

extension ParameterLayout.Role {
  /// The rule by which an initialization sets a tensor.
  enum InitialValues {
    case zero
    case one
    /// Drawn from N(0, 1)
    case normal
    /// Zero, or drawn from the uniform distribution.
    case bias
    /// Drawn from the distribution of the weights.
    case weights
    /// The same for `[inputs, C]`, separately for each gate and the candidate.
    case weightsByNet
  }

  /// The rule for this role.
  var initialValues: InitialValues {
    switch self {
    case .embedding: .normal
    case .inputWeights, .recurrentWeights, .gateWeights: .weightsByNet
    case .projectionWeights, .readoutWeights, .shortcutWeights: .weights
    case .bias, .peepholes, .readoutBias: .bias
    case .normalizationGain: .one
    case .normalizationBias, .initialHidden, .initialCell: .zero
    }
  }

  /// The form of a tensor in a model file.
  enum FileForm {
    case same
    /// `[outputs, inputs]` instead of `[inputs, outputs]`.
    case transposed
    /// One tensor or two, since PyTorch's layers have two biases.
    case biases
    /// One tensor of all layers if their sizes are equal.
    case states
  }

  /// The form for this role.
  var fileForm: FileForm {
    switch self {
    case .inputWeights, .recurrentWeights, .gateWeights, .projectionWeights, .readoutWeights, .shortcutWeights:
      .transposed
    case .bias, .readoutBias: .biases
    case .embedding, .peepholes, .normalizationGain, .normalizationBias: .same
    case .initialHidden, .initialCell: .states
    }
  }

  /// The named part of a layer or a model to which a tensor belongs as a whole; nil if every gate and the candidate has
  /// its own part.
  var part: String? {
    switch self {
    case .inputWeights, .recurrentWeights, .gateWeights, .bias, .peepholes: nil
    case .projectionWeights: "projection"
    case .normalizationGain, .normalizationBias: "normalization"
    case .initialHidden, .initialCell: "initialState"
    case .embedding: "embedding"
    case .readoutWeights, .shortcutWeights, .readoutBias: "readout"
    }
  }
}
