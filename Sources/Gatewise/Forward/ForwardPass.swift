extension Workspace {
  /// The forward pass over the loaded window: from the current state to the outputs and the next state.
  ///
  /// Per layer one product over all steps, one a step, and none for one-hot input (Equations, The product plan).
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(parameters: UnsafePointer<S>, version: ParameterVersion) {
    pack(parameters: parameters, version: version)
    startedFromModelState = nextStartsFromModelState
    nextStartsFromModelState = false
    for l in layers.indices { forward(layer: l, parameters: parameters) }
    guard let readout = layout.readout, let top = layers.last else { return }
    // A readout on the last step reads each sequence's last h, which is the window's final state.
    let input = configuration.readsLastStepOnly ? top.hiddenState.base : top.hidden.base + batchSize * top.hiddenSize
    run(
      AffineProduct(
        rows: outputRows, inputSize: readout.inputSize, outputSize: readout.outputSize, input: input, tokens: nil,
        weights: parameters + readout.weights, bias: parameters + readout.bias, output: readoutOutput.base,
        add: kernels.add))
  }

  /// Packs every layer's recurrent weights for the tile, where the parameters are not those that are packed.
  func pack(parameters: UnsafePointer<S>, version: ParameterVersion) {
    for (layer, memory) in zip(layout.layers, layers) {
      memory.packed?.update(from: parameters + layer.recurrentWeights, version: version)
    }
  }

  private func forward(layer l: Int, parameters: UnsafePointer<S>) {
    let (layer, memory) = (layout.layers[l], layers[l])
    gatherState(memory)
    run(
      AffineProduct(
        rows: packing.rows, inputSize: layer.inputSize, outputSize: 4 * layer.hiddenSize,
        input: usesTokens && l == 0 ? nil : layerInput(l), tokens: usesTokens && l == 0 ? tokens.base : nil,
        weights: parameters + layer.inputWeights, bias: parameters + layer.bias, output: memory.gates.base,
        add: kernels.add))
    let job = RecurrentForward(
      packing: packing, hiddenSize: layer.hiddenSize, weights: parameters + layer.recurrentWeights,
      packed: memory.packed?.weights,
      peepholes: layer.peepholePointers(parameters), gates: memory.gates.base, cells: memory.cells.base,
      hidden: memory.hidden.base, kernels: kernels)
    execution.team.run(job, tasks: job.tasks)
    scatterState(memory)
  }

  /// The dense input `[rows, I]` of a layer: x for the lowest, h of the layer below for the others.
  func layerInput(_ l: Int) -> UnsafeMutablePointer<S> {
    l == 0 ? input.base : layers[l - 1].hidden.base + batchSize * layers[l - 1].hiddenSize
  }

  func run(_ job: AffineProduct<S>) { execution.team.run(job, tasks: job.tasks) }

  /// The state in the caller's order goes in front of the packed rows.
  private func gatherState(_ memory: LayerMemory<S>) {
    let width = memory.hiddenSize
    for n in 0..<batchSize {
      let source = packing.order[n] * width
      (memory.hidden.base + n * width).update(from: memory.hiddenState.base + source, count: width)
      (memory.cells.base + n * width).update(from: memory.cellState.base + source, count: width)
    }
  }

  /// The state after each sequence's own last step, back in the caller's order.
  private func scatterState(_ memory: LayerMemory<S>) {
    let width = memory.hiddenSize
    for n in 0..<batchSize {
      let target = packing.order[n] * width
      let row = (packing.stateRow(before: packing.lengths[n]) + n) * width
      (memory.hiddenState.base + target).update(from: memory.hidden.base + row, count: width)
      (memory.cellState.base + target).update(from: memory.cells.base + row, count: width)
    }
  }
}

extension LayerParameters {
  /// The rows i, f and o of the peepholes.
  func peepholePointers<S: Scalar>(_ parameters: UnsafePointer<S>) -> Peepholes<S> {
    guard let peepholes else { return Peepholes() }
    let p = parameters + peepholes
    return Peepholes(i: p, f: p + hiddenSize, o: p + 2 * hiddenSize)
  }
}
