import Gatewise

extension KerasWeights {
  /// The properties of a Keras model that its weights do not determine.
  public struct Options: Sendable, Equatable {
    /// `recurrent_activation`; `.hardSigmoid(alpha: 0.2, beta: 0.5)` for Keras 2.0 to 2.2.
    public var gateActivation: Activation
    /// `activation`, of the candidate and of the cell state in h(c).
    public var activation: Activation
    /// Whether the Dense layer reads only the last step of the highest LSTM: `return_sequences=False`.
    public var readsLastStep: Bool

    /// Creates Keras' default options, with a Dense layer that reads every step.
    public init(
      gateActivation: Activation = .logistic, activation: Activation = .tanh, readsLastStep: Bool = false
    ) {
      self.gateActivation = gateActivation
      self.activation = activation
      self.readsLastStep = readsLastStep
    }
  }

  /// Returns the configuration of the model of these weights.
  ///
  /// - Throws: `GatewiseError.file` if it is too large for this machine, or has no readout to read the last step.
  public func configuration(_ options: Options = Options()) throws(GatewiseError) -> LSTMConfiguration {
    guard dense != nil || !options.readsLastStep else {
      throw .file(path: file.path, problem: "has no Dense layer to read the last step.")
    }
    let hasBiases = layers.joined().contains { $0.bias != nil }
    let configuration = LSTMConfiguration(
      inputSize: embedding?.shape[0] ?? layers[0][0].inputSize, hiddenSizes: layers.map { $0[0].hiddenSize },
      isBidirectional: isBidirectional,
      cell: MemoryCell(
        gateActivation: options.gateActivation, inputActivation: options.activation,
        outputActivation: options.activation),
      biases: Biases(gates: hasBiases, cells: hasBiases, outputs: dense == nil || dense?.bias != nil),
      embeddingSize: embedding?.shape[1],
      readout: dense.map {
        .init(outputSize: $0.kernel.shape[1], position: options.readsLastStep ? .lastStep : .everyStep)
      })
    do throws(GatewiseError) { try configuration.validate() } catch {
      throw .file(path: file.path, problem: "cannot be loaded. \(error)")
    }
    return configuration
  }

  /// Returns the model of these weights, converted to `S`.
  ///
  /// - Throws: `GatewiseError.file` if an array holds NaN or infinity, is not floating-point or is damaged, and as
  ///   `configuration(_:)`.
  ///   as `configuration(_:)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func model<S: Scalar>(_ options: Options = Options(), as _: S.Type = S.self) throws -> LSTM<S> {
    var model = try LSTM<S>(configuration(options), seed: 0)
    for entry in model.layout.entries {
      try model.setTensor(entry.name, to: tensor(for: entry))
    }
    return model
  }

  private func tensor<S: Scalar>(for entry: ParameterLayout.Entry) throws(GatewiseError) -> Tensor<S> {
    // Keras' matrices are [inputs, outputs], as in Gatewise.
    let cell = entry.layer.map { layers[$0][entry.isReverse ? 1 : 0] }
    let array: Array? =
      switch entry.role {
      case .embedding: embedding
      case .inputWeights: cell?.kernel
      case .recurrentWeights: cell?.recurrentKernel
      case .bias: cell?.bias
      case .readoutWeights: dense?.kernel
      case .readoutBias: dense?.bias
      default: nil
      }
    // A layer without a bias among layers that have one.
    guard let array else { return Tensor(repeating: 0, shape: entry.shape) }
    var tensor = try file.tensor(array.name, as: S.self)
    if let place = firstNonFinite(tensor.elements[...], shape: tensor.shape) {
      throw .file(
        path: file.path,
        problem: "array \(quoted(array.name)) holds NaN or infinity, or a number too large for "
          + "\(S.dataType.rawValue), at \(place); use a model that was saved before its training diverged.")
    }
    if let cell {
      tensor.elements = GateOrder.keras.reordered(tensor.elements, blockSize: cell.hiddenSize, for: .gatewise)
    }
    return tensor
  }
}
