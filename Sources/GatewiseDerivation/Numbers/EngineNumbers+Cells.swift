import Gatewise

// The engine does not keep the error of a cell state, which is lost once the deltas are computed. Three runs of the
// engine recover it, none of which uses the formula of a line.

extension EngineNumbers {
  /// e_s and dc of every layer and step.
  ///
  /// A layer with a constant cell state reads, in a window of one step, the initial state c(t), and has the layer's
  /// output at t. The engine's gradient of the initial state is then ∂E/∂c(t): e_s for the error of the output alone,
  /// dc if the errors of later steps for c(t) are added.
  ///
  /// - Parameter carried: ∂E/∂ the state after each of the steps 1 to T-1, from later steps only.
  mutating func readCellErrors(_ outputs: [Tensor<Double>], _ carried: [LSTMState<Double>]) throws {
    for (l, H) in network.configuration.hiddenSizes.enumerated() {
      let layer = try network.layerStandingStill(l)
      for t in 1...network.steps {
        func row(_ kind: Quantity.Kind) throws -> Tensor<Double> {
          try Tensor(shape: [1, H], elements: (0..<H).map { values[Place(kind, layer: l, [$0], step: t)] })
        }
        let input = try (l == 0 ? network.input : outputs[l - 1]).steps(t, t)
        let start = LSTMState(
          hidden: try state(outputs, after: t - 1).part(l..<l + 1).hidden, cell: [try row(.cell)])
        func error(_ later: Tensor<Double>) throws -> ArraySlice<Double> {
          try layer.gradients(
            of: input, initialState: start,
            finalStateGradient: LSTMState(hidden: [row(.outputError)], cell: [later]), rule: rule
          ).initialState.cell[0].elements[...]
        }
        let nothing = Tensor<Double>(repeating: 0, shape: [1, H])
        values.set(.cellEntry, l, step: t, try error(nothing))
        values.set(.cellError, l, step: t, try error(t < network.steps ? carried[t - 1].cell[l] : nothing))
      }
    }
  }

  /// e of the highest layer at a step. A readout with weights of one and biases of zero passes it on unchanged, and for
  /// one step the gradient of the biases is that error.
  func lossError(at t: Int, _ outputs: [Tensor<Double>]) throws -> ArraySlice<Double> {
    let top = network.configuration.layerCount - 1
    let H = network.configuration.hiddenSizes[top]
    let layer = try network.part(top..<top + 1)
    var configuration = layer.configuration
    configuration.readout = .init(outputSize: H)
    let identity = (0..<H * H).map { $0 / H == $0 % H ? 1.0 : 0.0 }
    let zeros = [Double](repeating: 0, count: H)
    let model = try LSTM(configuration, parameters: layer.parameters + identity + zeros)
    return try model.gradients(
      of: (top == 0 ? network.input : outputs[top - 1]).steps(t, t),
      initialState: state(outputs, after: t - 1).part(top..<top + 1),
      outputGradient: network.outputGradient.steps(t, t), rule: rule
    ).parameters.suffix(H)
  }
}

extension DerivationNetwork {
  /// A layer with the same output gate, a forget gate of 1 and an input gate so small that a Double does not show its
  /// effect.
  fileprivate func layerStandingStill(_ l: Int) throws -> LSTM<Double> {
    let layer = try part(l..<l + 1)
    var parameters = layer.parameters
    for weight in layer.configuration.weights(ofLayer: 0) where weight.gate != .output {
      let bias =
        switch weight.gate {
        case .input: -100.0
        case .forget: 100.0
        case .candidate, .output: 0.0
        }
      parameters[weight.offset(in: layer.layout)] = weight.kind == .bias ? bias : 0
    }
    return try LSTM(layer.configuration, parameters: parameters)
  }
}
