extension LSTMConfiguration {
  /// Returns whether a layer's input is added to its output.
  func isResidual(layer index: Int) -> Bool { isResidual && index > 0 }
}

/// The residual connections between layers, `LSTMConfiguration.isResidual`.
enum ResidualConnections: ModelComponent {
  static var name: String { "residual connections" }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool {
    configuration.isResidual && configuration.layerCount > 1
  }

  static func validate(_ configuration: LSTMConfiguration) throws(GatewiseError) {
    for layer in 0..<configuration.layerCount where configuration.isResidual(layer: layer) {
      let (inputs, outputs) = (configuration.inputSize(ofLayer: layer), configuration.outputSize(ofLayer: layer))
      guard inputs != outputs else { continue }
      throw .invalidArgument(
        "Layer \(layer) has \(inputs) inputs and \(outputs) outputs, which residual connections cannot add; give all "
          + "layers the same size.")
    }
    if isUsed(in: configuration), configuration.readsLastStepOnly {
      throw .invalidArgument(
        "A readout of the last step uses the last state, without residual connections; use a readout of every step.")
    }
  }

  static func settingBetweenLayers(_ configuration: LSTMConfiguration) -> String? {
    configuration.isResidual ? "Residual connections are" : nil
  }
}
