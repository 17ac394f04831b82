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
    if let readout, readout.outputSize < 1 {
      throw .invalidArgument("The readout has \(readout.outputSize) outputs; it must have at least 1.")
    }
    // This comes before any integer arithmetic, which absurd sizes would overflow.
    try MemoryLimit.require(
      bytes: parameterCount * Double(bytesPerParameter),
      for: "The parameters of a model with hidden sizes \(hiddenSizes)")
    for component in Self.components { try component.validate(self) }
    try regularization.validate()
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
    guard layerCount == 1, let what = Self.components.lazy.compactMap({ $0.settingBetweenLayers(self) }).first
    else { return }
    throw .invalidArgument("\(what) between layers, but the model has only one; add a layer or omit the option.")
  }

  /// Returns whether the fused kernels support the layers.
  func runsByTile(inTraining: Bool) -> Bool {
    cell.isVanilla && !Self.components.contains { $0.tileLimit != nil && $0.isUsed(in: self) }
      && !(inTraining && regularization.dropsRecurrence)
  }

  /// The components that the fused kernels do not support, in words.
  static var tileLimits: String {
    let names = components.compactMap { $0.tileLimit }
    return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
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
    guard let other = Self.components.first(where: { $0.isUsed(in: self) }) else { return }
    throw .invalidArgument("\(what) does not support models with \(other.name); use BPTT or a model without.")
  }

  /// Checks that every y_t is computed at its step, for rules that cut the error path through y_{t-1}.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a component copies y_{t-1}.
  func requireNoCopiedOutputs(for what: String) throws(GatewiseError) {
    guard let copying = Self.components.first(where: { $0.copiesOutputs && $0.isUsed(in: self) }) else { return }
    throw .invalidArgument(
      "\(what) cuts the error path through y_{t-1}, which \(copying.name) copies to y_t; use BPTT or a model without "
        + "\(copying.name).")
  }

  /// Checks that h, c and the gates of every step determine what every component computed.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the model has a component with further values.
  func requireCompleteRecords() throws(GatewiseError) {
    let others = Self.components.filter { !$0.isRecorded }
    guard others.contains(where: { $0.isUsed(in: self) }) else { return }
    throw .invalidArgument(
      "h, c and gates do not say what \(others.map { $0.name }.joined(separator: " or ")) did; let the model run "
        + "forward.")
  }
}
