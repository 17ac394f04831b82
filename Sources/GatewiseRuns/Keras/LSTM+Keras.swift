import Gatewise

extension LSTM {
  /// Writes the weights in Keras' format: an `.npz` file whose arrays, in order, are `get_weights()` of a
  /// `keras.Sequential` of an Embedding, LSTM or Bidirectional layers and a Dense layer.
  ///
  ///     z = numpy.load("model.npz"); model.set_weights([z[name] for name in z.files])
  ///
  /// The Keras model itself specifies activations, and whether the Dense layer reads the last step.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if Keras has no such model, `GatewiseError.notFinite` if a parameter is
  ///   NaN or infinite, `GatewiseError.file` if the file cannot be written.
  public func writeKeras(to path: String) throws(GatewiseError) {
    if let other = configuration.unknownToKeras {
      throw .invalidArgument("Keras' LSTM layers do not support \(other), so the model was not written to \(path).")
    }
    // Non-finite parameters are rejected as for every file.
    _ = try content(for: path)
    let parameters = parameters
    let tensors = layout.entries.map { entry in
      SafetensorsFile.NamedTensor(
        Self.kerasName(of: entry, isBidirectional: configuration.isBidirectional),
        SafetensorsFile.ElementType(S.dataType), shape: entry.shape
      ) {
        let elements = Array(parameters[entry.range])
        guard entry.layer != nil, let columns = entry.shape.last else { return elements }
        return GateOrder.gatewise.reordered(elements, blockSize: columns / 4, for: .keras)
      }
    }
    try NPZFile.write(tensors, to: path)
  }

  /// Returns Keras' path of a weight, in a model whose layers have their default names.
  private static func kerasName(of entry: ParameterLayout.Entry, isBidirectional: Bool) -> String {
    let number = entry.layer.map { $0 == 0 ? "" : "_\($0)" } ?? ""
    let layer =
      isBidirectional ? "bidirectional\(number)/\(entry.isReverse ? "backward" : "forward")_lstm" : "lstm\(number)"
    return switch entry.role {
    case .embedding: "embedding/embeddings"
    case .inputWeights: "\(layer)/lstm_cell/kernel"
    case .recurrentWeights: "\(layer)/lstm_cell/recurrent_kernel"
    case .bias: "\(layer)/lstm_cell/bias"
    case .readoutWeights: "dense/kernel"
    case .readoutBias: "dense/bias"
    default: entry.name
    }
  }
}

extension LSTMConfiguration {
  /// A feature of the model that Keras' layers do not support; nil if there is none.
  fileprivate var unknownToKeras: String? {
    var plain = MemoryCell.vanilla
    plain.gateActivation = cell.gateActivation
    plain.inputActivation = cell.inputActivation
    plain.outputActivation = cell.outputActivation
    let others: [(name: String, isThere: Bool)] = [
      ("projection", projection != nil), ("peepholes", peepholes), ("layer normalization", normalization != nil),
      ("residual connections", isResidual && layerCount > 1), ("learned initial states", learnsInitialState),
      ("a readout of the input", readout?.seesInput == true), ("this memory cell or its clips", cell != plain),
      ("different activations of cell input and cell output", cell.inputActivation != cell.outputActivation),
      ("zoneout", regularization.zoneoutCell > 0 || regularization.zoneoutHidden > 0),
      ("biases of only the gates or only the candidates", biases.gates != biases.cells),
    ]
    return others.first(where: \.isThere)?.name
  }
}
