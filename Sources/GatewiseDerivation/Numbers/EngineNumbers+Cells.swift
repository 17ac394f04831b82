import Gatewise

// The engine keeps no error of a cell state: it is gone as soon as the deltas are made of it. Three runs of the engine
// show what it would be, and none of them has the formula of a line.

extension EngineNumbers {
  /// e_s and dc of every layer and step.
  ///
  /// A layer whose cell state stands still reads, at a window of one step, the state c(t) that it starts from, and puts
  /// out what the layer puts out at t. What the engine then has for the initial state is ∂E/∂c(t): e_s for the error of
  /// the output alone, dc together with what the later steps send back to c(t).
  ///
  /// - Parameter carried: ∂E/∂ the state after each of the steps 1 to T-1, as far as later steps go.
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

  /// e of the highest layer at a step. A readout whose weights are one and whose biases are zero passes it on as it is,
  /// and at one step the gradient of the biases is that error.
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
  /// A layer whose output gate is as it is, whose forget gate is 1 and whose input gate lets nothing in that a Double
  /// would see.
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
