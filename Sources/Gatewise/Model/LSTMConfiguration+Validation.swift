extension LSTMConfiguration {
  /// Checks that every size is at least 1 and that the model fits in this machine's memory.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that names the invalid size.
  package func validate() throws(GatewiseError) { try validate(bytesPerParameter: MemoryLayout<Float>.stride) }

  /// Checks the same for a number type, and that the type can represent the parameters of the activation functions.
  func validate<S: Scalar>(for type: S.Type) throws(GatewiseError) {
    try validate(bytesPerParameter: MemoryLayout<S>.stride)
    try cell.validateFunctions(for: S.self)
  }

  private func validate(bytesPerParameter: Int) throws(GatewiseError) {
    guard inputSize >= 1 else {
      throw .invalidArgument("The input size is \(inputSize); it must be at least 1.")
    }
    guard !hiddenSizes.isEmpty else {
      throw .invalidArgument("The model has no layers; give a hidden size for at least one.")
    }
    for (layer, size) in hiddenSizes.enumerated() where size < 1 {
      throw .invalidArgument("The hidden size of layer \(layer) is \(size); it must be at least 1.")
    }
    try cell.validate(hiddenSizes: hiddenSizes)
    if let projection, projection.size < 1 {
      throw .invalidArgument("The projection has \(projection.size) outputs; it must have at least 1.")
    }
    if let embeddingSize, embeddingSize < 1 {
      throw .invalidArgument("The embedding has \(embeddingSize) numbers; it must have at least 1.")
    }
    if let readout, readout.outputSize < 1 {
      throw .invalidArgument("The readout has \(readout.outputSize) outputs; it must have at least 1.")
    }
    // This comes before any integer arithmetic, which absurd sizes would overflow.
    try MemoryLimit.require(
      bytes: parameterCount * Double(bytesPerParameter),
      for: "The parameters of a model with hidden sizes \(hiddenSizes)")
    if let layer = (0..<layerCount).first(where: {
      isResidual(layer: $0) && inputSize(ofLayer: $0) != outputSize(ofLayer: $0)
    }) {
      throw .invalidArgument(
        "Layer \(layer) has \(inputSize(ofLayer: layer)) inputs and \(outputSize(ofLayer: layer)) outputs, which "
          + "residual connections cannot add; give all layers the same size.")
    }
    if isResidual, layerCount > 1, readsLastStepOnly {
      throw .invalidArgument(
        "A readout of the last step uses the last state, without residual connections; use a readout of every step.")
    }
    try regularization.validate()
    if let clip = projection?.clip, !(clip > 0) {
      throw .invalidArgument("The clip bound of the projection must be above 0, but is \(clip).")
    }
    if let readout, readout.seesInput, readout.position == .lastStep {
      throw .invalidArgument(
        "A readout of the last step cannot read the input, because a sequence may have no steps; use a readout of "
          + "every step.")
    }
  }

  /// Checks that every option has an effect.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for an option between layers if the model has only one.
  package func requireEffect() throws(GatewiseError) {
    guard layerCount == 1, isResidual || regularization.betweenLayers > 0 else { return }
    let what = isResidual ? "Residual connections are" : "Dropout between layers is"
    throw .invalidArgument("\(what) between layers, but the model has only one; add a layer or omit the option.")
  }

  /// Returns whether the fused kernels support the layers.
  func runsByTile(inTraining: Bool) -> Bool {
    cell.isVanilla && projection == nil && normalization == nil
      && !regularization.needsPlainPath(inTraining: inTraining)
  }

  /// Checks that the model has one direction, for operations that process a sequence only from its first step on.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the model is bidirectional.
  func requireOneDirection(for what: String) throws(GatewiseError) {
    guard isBidirectional else { return }
    throw .invalidArgument(
      "\(what) cannot run a bidirectional model, which also processes its sequences from the end; use BPTT over whole "
        + "sequences or a unidirectional model.")
  }

  /// Checks that the model has only plain layers, for rules that propagate derivatives of their states.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the model has further components.
  func requirePlainLayers(for what: String) throws(GatewiseError) {
    let others: [(name: String, isThere: Bool)] = [
      ("a projection", projection != nil), ("layer normalization", normalization != nil),
      ("zoneout", regularization.zonesOut), ("an embedding", embeddingSize != nil),
      ("residual connections", isResidual && layerCount > 1), ("dropout", regularization != .none),
    ]
    guard let other = others.first(where: \.isThere) else { return }
    throw .invalidArgument("\(what) does not support models with \(other.name); use BPTT or a model without.")
  }

  /// Checks that the model has no zoneout, for rules that cut the error path through y_{t-1}.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the model has zoneout.
  func requireNoZoneout(for what: String) throws(GatewiseError) {
    guard regularization.zonesOut else { return }
    throw .invalidArgument(
      "\(what) cuts the error path through y_{t-1}, which zoneout copies to y_t; use BPTT or a model without zoneout.")
  }
}
