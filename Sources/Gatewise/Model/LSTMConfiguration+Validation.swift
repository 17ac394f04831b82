extension LSTMConfiguration {
  /// Checks that every size is at least 1 and that the model fits this machine.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the size.
  public func validate() throws(GatewiseError) { try validate(bytesPerParameter: MemoryLayout<Float>.stride) }

  /// The same in a number type, which can hold the parameters of the functions, too.
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
    // Before anything is reckoned in integers, which absurd sizes would overflow.
    try MemoryLimit.require(
      bytes: parameterCount * Double(bytesPerParameter),
      for: "The parameters of a model with hidden sizes \(hiddenSizes)")
    if let layer = (0..<layerCount).first(where: {
      isResidual(layer: $0) && inputSize(ofLayer: $0) != outputSize(ofLayer: $0)
    }) {
      throw .invalidArgument(
        "Layer \(layer) reads \(inputSize(ofLayer: layer)) numbers and puts out \(outputSize(ofLayer: layer)), which "
          + "residual connections cannot add; give both layers one size.")
    }
    if isResidual, layerCount > 1, readsLastStepOnly {
      throw .invalidArgument(
        "A readout of the last step reads the last state, to which residual connections do not add; read every step.")
    }
    try regularization.validate()
    if let clip = projection?.clip, !(clip > 0) {
      throw .invalidArgument("Projections cannot be clipped to \(clip); the bound is above 0.")
    }
    if let readout, readout.seesInput, readout.position == .lastStep {
      throw .invalidArgument(
        "A readout of the last step cannot see the input, which a sequence without steps does not have; read every step."
      )
    }
  }

  /// Checks that no option is without effect.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for what is between layers where there is one.
  package func requireEffect() throws(GatewiseError) {
    guard layerCount == 1, isResidual || regularization.betweenLayers > 0 else { return }
    let what = isResidual ? "Residual connections are" : "Dropout between layers is"
    throw .invalidArgument("\(what) between layers, but the model has one; give it more, or leave that out.")
  }

  /// Whether the fused kernels run its layers.
  func runsByTile(inTraining: Bool) -> Bool {
    cell.isVanilla && projection == nil && normalization == nil
      && !regularization.needsPlainPath(inTraining: inTraining)
  }

  /// - Throws: `GatewiseError.invalidArgument` where what runs from the first step to the last alone is asked of a
  ///   model that reads both ways.
  func requireOneDirection(for what: String) throws(GatewiseError) {
    guard isBidirectional else { return }
    throw .invalidArgument(
      "\(what) cannot run a bidirectional model, which reads its sequences from the end, too; use BPTT over whole "
        + "sequences, or a model of one direction.")
  }

  /// - Throws: `GatewiseError.invalidArgument` where what leads derivatives over the states of plain layers is asked of
  ///   a model that has more between them.
  func requirePlainLayers(for what: String) throws(GatewiseError) {
    let others: [(name: String, isThere: Bool)] = [
      ("a projection", projection != nil), ("layer normalization", normalization != nil),
      ("zoneout", regularization.zonesOut), ("an embedding", embeddingSize != nil),
      ("residual connections", isResidual && layerCount > 1), ("dropout", regularization != .none),
    ]
    guard let other = others.first(where: \.isThere) else { return }
    throw .invalidArgument("\(what) is not made for models with \(other.name); use BPTT, or a model without.")
  }

  /// - Throws: `GatewiseError.invalidArgument` where a rule that cuts y_{t-1} is asked of a model that holds it back.
  func requireNoZoneout(for what: String) throws(GatewiseError) {
    guard regularization.zonesOut else { return }
    throw .invalidArgument(
      "\(what) cuts the way back through y_{t-1}, which zoneout keeps as it is; use BPTT, or a model without zoneout.")
  }
}
