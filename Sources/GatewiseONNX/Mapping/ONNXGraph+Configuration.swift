import Gatewise

// Which model of Gatewise computes what a graph computes, or what stands in the way of one.

extension ONNXGraph {
  /// The sizes and options of the model that the graph is.
  ///
  /// - Throws: `GatewiseError.file` naming the node that Gatewise cannot be.
  public func configuration() throws(GatewiseError) -> LSTMConfiguration {
    for (index, layer) in layers.enumerated() { try check(layer, index) }
    try checkReadout()
    let (first, cells) = (layers[0], layers.flatMap(\.cells))
    let hasBiases = cells.contains { $0.inputBias != nil }
    var configuration = LSTMConfiguration(
      inputSize: embedding?.table.shape[0] ?? first.inputSize, hiddenSizes: layers.map(\.hiddenSize),
      isBidirectional: first.direction == .bidirectional, cell: memoryCell(of: first),
      peepholes: cells.contains { $0.peepholes != nil },
      biases: Biases(gates: hasBiases, cells: hasBiases, outputs: readout == nil || readout?.bias != nil),
      embeddingSize: embedding?.table.shape[1],
      learnsInitialState: cells.contains { $0.initialHidden.isConstant || $0.initialCell.isConstant })
    configuration.readout = readout.map {
      .init(
        outputSize: $0.weights.shape[1], position: $0.position == .everyStep ? .everyStep : .lastStep,
        seesInput: $0.inputWeights != nil)
    }
    do throws(GatewiseError) { try configuration.validate() } catch {
      throw .file(path: path, problem: "cannot be loaded. \(error)")
    }
    return configuration
  }

  private func memoryCell(of layer: ONNXLayer<S>) -> MemoryCell {
    let cell = layer.cells[0]
    return MemoryCell(
      gating: layer.couplesInputAndForget ? .keepInput : .inputAndForget,
      gateActivation: Activation(cell.gateActivation), inputActivation: Activation(cell.inputActivation),
      outputActivation: Activation(cell.outputActivation), preActivationClip: layer.clip)
  }

  private func check(_ layer: ONNXLayer<S>, _ index: Int) throws(GatewiseError) {
    let first = layers[0]
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: "\(layer.name) \(what).") }
    if layer.direction == .reverse {
      throw problem("runs in reverse alone, which no model of Gatewise does; turn its sequences and export it forward")
    }
    switch layer.input {
    case .layer(index - 1): break
    case .graph where index == 0, .embedding where index == 0: break
    case .layer(let below): throw problem("reads \(layers[below].name), but a stack reads the layer before")
    case .graph, .embedding: throw problem("reads the graph's input, but only the lowest layer of a stack does")
    }
    let others = [
      ("direction", layer.direction == first.direction), ("clip", layer.clip == first.clip),
      ("input_forget", layer.couplesInputAndForget == first.couplesInputAndForget),
      ("sequence_lens", layer.sequenceLengthsName == first.sequenceLengthsName),
    ]
    if let (name, _) = others.first(where: { !$0.1 }) {
      throw problem("has another \(name) than \(first.name), but the layers of a stack have one")
    }
    guard layer.cells.allSatisfy({ $0.hasSameActivations(as: first.cells[0]) }) else {
      throw problem("has activations that differ between directions or layers, but a model of Gatewise has one set")
    }
  }

  private func checkReadout() throws(GatewiseError) {
    guard let readout else { return }
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: "\(readout.name) \(what).") }
    guard readout.layer == layers.count - 1 else {
      throw problem("reads \(layers[readout.layer].name), but a readout reads the highest layer")
    }
    if readout.position == .lastRow {
      throw problem(
        layers[readout.layer].direction == .bidirectional
          ? "reads the last row of a bidirectional layer, where the reverse direction has seen one step; read both"
            + " directions' final states (Y_h)"
          : "reads the last row of sequences of different lengths; read the final states (Y_h)")
    }
    if readout.inputWeights != nil {
      guard readout.position == .everyStep, embedding?.takesIndices != true else {
        throw problem("sees the input beside a final state or an embedding, which no readout of Gatewise does")
      }
    }
  }
}

extension ONNXLayer.InitialState {
  /// Whether it is numbers of the file's own.
  var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

extension ONNXLayer.Cell {
  /// Whether f, g and h are another's.
  func hasSameActivations(as other: Self) -> Bool {
    (gateActivation, inputActivation, outputActivation)
      == (other.gateActivation, other.inputActivation, other.outputActivation)
  }
}
