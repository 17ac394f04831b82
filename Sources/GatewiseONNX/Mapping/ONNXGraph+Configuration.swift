import Gatewise

// The Gatewise model that computes what a graph computes, or the reason why there is none.

extension ONNXGraph {
  /// The sizes and options of the model.
  ///
  /// - Throws: `GatewiseError.file` naming the node that Gatewise cannot represent.
  public func configuration() throws(GatewiseError) -> LSTMConfiguration {
    for (index, layer) in layers.enumerated() { try check(layer, index) }
    try checkStates()
    try checkReadout()
    guard outputLayers.contains(layers.count - 1) else {
      throw .file(
        path: path,
        problem: "no output of the graph comes from its highest layer, \(layers[layers.count - 1].name); export the"
          + " model without that layer, or with its output.")
    }
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
      throw problem("runs only in reverse, which Gatewise does not support; export it forward, on reversed sequences")
    }
    switch layer.input {
    case .layer(index - 1): break
    case .graph where index == 0, .embedding where index == 0: break
    case .layer(let below): throw problem("reads \(layers[below].name), but must read the preceding layer")
    case .graph, .embedding: throw problem("reads the graph's input, but only the lowest layer of a stack may")
    }
    let others = [
      ("direction", layer.direction == first.direction), ("clip", layer.clip == first.clip),
      ("input_forget", layer.couplesInputAndForget == first.couplesInputAndForget),
      ("sequence_lens", layer.sequenceLengthsName == first.sequenceLengthsName),
    ]
    if let (name, _) = others.first(where: { !$0.1 }) {
      throw problem("has a different \(name) than \(first.name), but all layers of a stack must have the same")
    }
    guard layer.cells.allSatisfy({ $0.hasSameActivations(as: first.cells[0]) }) else {
      throw problem("has activations that differ between directions or layers, but a Gatewise model has one set")
    }
  }

  /// Checks that initial states from inputs of the graph have a row for every layer and direction, in the order of a
  /// model's states.
  private func checkStates() throws(GatewiseError) {
    func problem(_ layer: ONNXLayer<S>, _ what: String) -> GatewiseError {
      .file(path: path, problem: "\(layer.name) \(what).")
    }
    for (name, state) in [("initial_h", \ONNXLayer<S>.Cell.initialHidden), ("initial_c", \.initialCell)] {
      var rows: [String: Int] = [:]
      for layer in layers {
        for cell in layer.cells {
          guard case .input(let input, let row) = cell[keyPath: state] else { continue }
          let expected = rows[input, default: 0]
          guard row == expected else {
            throw problem(
              layer,
              "has the row \(row) of \(quoted(input)) as its \(name), but expected row \(expected); export it"
                + " with one row for every layer and direction, in their order")
          }
          rows[input] = row + 1
        }
      }
    }
    let cells = layers.flatMap { layer in layer.cells.map { (layer, $0) } }
    guard let (layer, _) = cells.first(where: { $1.initialHidden.isConstant || $1.initialCell.isConstant }),
      cells.contains(where: { $1.initialHidden.isInput || $1.initialCell.isInput })
    else { return }
    throw problem(
      layer,
      "has an initial state stored in the file, but another one is an input of the graph; export all of them"
        + " the same way")
  }

  private func checkReadout() throws(GatewiseError) {
    guard let readout else { return }
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: "\(readout.name) \(what).") }
    guard readout.layer == layers.count - 1 else {
      throw problem("reads \(layers[readout.layer].name), but a readout must read the highest layer")
    }
    if readout.position == .lastRow {
      throw problem(
        layers[readout.layer].direction == .bidirectional
          ? "reads the last row of a bidirectional layer, where the reverse direction has run only one step; read both"
            + " directions' final states (Y_h)"
          : "reads the last row of sequences of different lengths; read the final states (Y_h)")
    }
    if readout.inputWeights != nil {
      guard readout.position == .everyStep, embedding?.takesIndices != true else {
        throw problem("reads the input in addition to a final state or an embedding, which Gatewise's readout cannot")
      }
    }
  }
}

extension ONNXLayer.InitialState {
  /// Whether the state is stored in the file.
  var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

extension ONNXLayer.InitialState {
  /// Whether the state is an input of the graph.
  fileprivate var isInput: Bool {
    if case .input = self { true } else { false }
  }
}

extension ONNXLayer.Cell {
  /// Whether f, g and h are the same.
  func hasSameActivations(as other: Self) -> Bool {
    (gateActivation, inputActivation, outputActivation)
      == (other.gateActivation, other.inputActivation, other.outputActivation)
  }
}
