extension Workspace {
  /// The forward pass over the loaded window: from the current state to the outputs and the next state.
  ///
  /// Per layer and step one product for all gates; on the plain path one over all steps and one a step (Equations, The
  /// product plan).
  ///
  /// - Parameter wakes: whether threads that sleep are woken to help; a small step is done before they would be.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(parameters: UnsafePointer<S>, version: ParameterVersion, wakes: Bool = true) {
    startedFromModelState = nextStartsFromModelState
    nextStartsFromModelState = false
    passes &+= 1
    for l in layers.indices { forward(layer: l, parameters: parameters, version: version, wakes: wakes) }
    guard let readout = layout.readout, let top = layers.last else { return }
    // A readout on the last step reads each sequence's last h, which is the window's final state.
    let input = configuration.readsLastStepOnly ? top.hiddenState.base : hiddenRows(layers.count - 1)
    run(
      AffineProduct(
        rows: outputRows, inputSize: readout.inputSize, outputSize: readout.outputSize, input: input, tokens: nil,
        weights: parameters + readout.weights, start: readout.bias.map { .bias(parameters + $0) } ?? .zero,
        output: readoutOutput.base, add: kernels.add))
    guard let shortcut = readout.shortcut else { return }
    run(
      AffineProduct(
        rows: outputRows, inputSize: readout.shortcutSize, outputSize: readout.outputSize,
        input: usesTokens ? nil : layerInput(0), tokens: usesTokens ? tokens.base : nil,
        weights: parameters + shortcut, start: .output, output: readoutOutput.base, add: kernels.add))
  }

  private func forward(layer l: Int, parameters: UnsafePointer<S>, version: ParameterVersion, wakes: Bool) {
    let (layer, memory) = (layout.layers[l], layers[l])
    let takesTokens = usesTokens && l == 0
    let bias = layer.bias.expanded(parameters, in: memory.wholeBias.reserve(memory.columns))
    gatherState(memory)
    if let packed = memory.packed {
      let weights = parameters + layer.inputWeights
      let split = WorkSplit(
        packing, hiddenSize: layer.hiddenSize, takesTokens: takesTokens, threads: execution.team.threads,
        kernels: kernels.packed)
      let calls = split.largestCalls(packing)
      let codesCount =
        packed.storage == .int8
        ? kernels.packed.int8ScratchCount(calls.rows, takesTokens ? 0 : layer.inputSize, layer.hiddenSize) : 0
      let pass = LayerForward(
        packing: packing, split: split, hiddenSize: layer.hiddenSize,
        input: takesTokens
          ? .tokens(tokens.base, weights, bias) : .dense(layerInput(l), layer.inputSize),
        packed: packed.gates(
          from: parameters, bias: bias, version: version, takesTokens: takesTokens, team: execution.team),
        storage: packed.storage, codes: codes.reserve(calls.count * codesCount), codesCount: codesCount,
        reverses: passes.isMultiple(of: 2) == false,
        peepholes: layer.peepholePointers(parameters),
        gates: memory.keepsSteps ? memory.gates.base : nil, ahead: ahead.base, cells: memory.cells.base,
        keepsCells: memory.keepsSteps, initialHidden: memory.hidden.base, hidden: hiddenRows(l), kernels: kernels)
      pass.run(on: execution.team, wakes: wakes)
    } else {
      run(
        AffineProduct(
          rows: packing.rows, inputSize: layer.inputSize, outputSize: memory.columns,
          input: takesTokens ? nil : layerInput(l), tokens: takesTokens ? tokens.base : nil,
          weights: parameters + layer.inputWeights, start: .bias(bias), output: memory.gates.base,
          add: kernels.add))
      let job = PlainForward(
        packing: packing, hiddenSize: layer.hiddenSize, columns: memory.columns,
        weights: parameters + layer.recurrentWeights,
        gateRecurrence: layer.gateWeights.map {
          .init(weights: parameters + $0, count: memory.gateCount, activations: memory.fedBack.base)
        },
        arithmetic: layer.cell.isVanilla
          ? .fused(layer.peepholePointers(parameters), kernels) : .blocks(BlockCell(layer, parameters, kernels)),
        gates: memory.gates.base, cells: memory.cells.base, initialHidden: memory.hidden.base, hidden: hiddenRows(l))
      execution.team.run(job, tasks: job.tasks)
    }
    scatterState(l)
  }

  /// Whether it is worth waking threads to share a step of any layer, as the window is loaded now.
  var sharesSteps: Bool {
    layers.contains {
      WorkSplit(
        packing, hiddenSize: $0.hiddenSize, takesTokens: false, threads: execution.team.threads,
        kernels: kernels.packed
      ).isWorthMeeting(packing, hiddenSize: $0.hiddenSize)
    }
  }

  /// The dense input `[rows, I]` of a layer: x for the lowest, h of the layer below for the others.
  func layerInput(_ l: Int) -> UnsafePointer<S> {
    l == 0 ? inputRows : UnsafePointer(hiddenRows(l - 1))
  }

  /// h of a layer, `[rows, H]`.
  func hiddenRows(_ l: Int) -> UnsafeMutablePointer<S> {
    if l == layers.count - 1, let callerOutput { return callerOutput }
    return layers[l].hidden.base + batchSize * layers[l].hiddenSize
  }

  func run(_ job: AffineProduct<S>) { execution.team.run(job, tasks: job.tasks) }

  /// The state in the caller's order goes in front of the packed rows.
  private func gatherState(_ memory: LayerMemory<S>) {
    let width = memory.hiddenSize
    for n in 0..<batchSize {
      let source = packing.order[n] * width
      (memory.hidden.base + n * width).update(from: memory.hiddenState.base + source, count: width)
      (memory.cells.base + n * width).update(from: memory.cellState.base + source, count: width)
      let G = memory.gateCount
      (memory.fedBack.base + n * G).update(from: memory.gateState.base + packing.order[n] * G, count: G)
    }
  }

  /// The state after each sequence's own last step, back in the caller's order.
  private func scatterState(_ l: Int) {
    let (memory, rows) = (layers[l], hiddenRows(l))
    let width = memory.hiddenSize
    for n in 0..<batchSize {
      let (target, steps) = (packing.order[n] * width, packing.lengths[n])
      if steps > 0 {
        (memory.hiddenState.base + target).update(
          from: rows + (packing.offset[steps - 1] + n) * width, count: width)
      }
      let row = (memory.keepsSteps ? packing.stateRow(before: steps) : 0) + n
      (memory.cellState.base + target).update(from: memory.cells.base + row * width, count: width)
      let G = memory.gateCount
      (memory.gateState.base + packing.order[n] * G).update(from: memory.fedBack.base + row * G, count: G)
    }
  }
}

extension LayerParameters {
  /// The rows i, f and o of the default cell's peepholes.
  func peepholePointers<S: Scalar>(_ parameters: UnsafePointer<S>) -> Peepholes<S> {
    guard let peepholes else { return Peepholes() }
    let p = parameters + peepholes
    return Peepholes(i: p, f: p + hiddenSize, o: p + 2 * hiddenSize)
  }
}
