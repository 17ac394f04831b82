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
    embed(parameters: parameters, version: version)
    for l in 0..<configuration.layerCount {
      dropInput(ofLayer: l)
      forward(layer: l, parameters: parameters, version: version, wakes: wakes)
      joinDirections(ofLayer: l)
    }
    readOut(parameters: parameters, version: version)
  }

  private func forward(layer l: Int, parameters: UnsafePointer<S>, version: ParameterVersion, wakes: Bool) {
    let directions = directions(ofLayer: l)
    for k in directions { gatherState(layers[k]) }
    if layers[directions.lowerBound].packed == nil {
      for k in directions { runPlain(k, parameters: parameters, version: version) }
    } else {
      let pass = tilePass(directions.lowerBound, parameters: parameters, version: version)
      if directions.count == 1 {
        pass.run(on: execution.team, wakes: wakes)
      } else {
        let reverse = tilePass(directions.lowerBound + 1, parameters: parameters, version: version)
        LayerForward.run(pass, beside: reverse, on: execution.team, wakes: wakes)
      }
    }
    for k in directions { scatterState(k) }
  }

  /// A direction's pass by the tile.
  private func tilePass(_ k: Int, parameters: UnsafePointer<S>, version: ParameterVersion) -> LayerForward<S> {
    let (layer, memory, input) = (layout.layers[k], layers[k], input(of: k))
    let bias = layer.bias.expanded(parameters, in: memory.wholeBias.reserve(memory.columns))
    let takesTokens = input.tokens != nil
    let split = WorkSplit(
      packing, hiddenSize: layer.hiddenSize, takesTokens: takesTokens, threads: execution.team.threads,
      directions: configuration.directionCount, kernels: kernels.packed)
    let packed = memory.packed!
    let calls = split.largestCalls(packing)
    let codesCount =
      packed.storage == .int8
      ? kernels.packed.int8ScratchCount(calls.rows, takesTokens ? 0 : layer.inputSize, layer.hiddenSize) : 0
    return LayerForward(
      packing: packing, split: split, hiddenSize: layer.hiddenSize,
      input: input.tokens.map { .tokens($0, parameters + layer.inputWeights, bias) }
        ?? .dense(input.rows, layer.inputSize),
      packed: packed.gates(
        from: parameters, bias: bias, version: version, takesTokens: takesTokens, team: execution.team),
      storage: packed.storage, codes: memory.codes.reserve(calls.count * codesCount), codesCount: codesCount,
      reverses: passes.isMultiple(of: 2) == false,
      peepholes: layer.peepholePointers(parameters), gates: memory.keepsSteps ? memory.gates.base : nil,
      ahead: ahead.base + (layer.isReverse ? ahead.count / 2 : 0), cells: memory.cells.base,
      keepsCells: memory.keepsSteps, initialHidden: memory.hidden.base, hidden: hiddenRows(k), kernels: kernels)
  }

  /// A direction's pass on the plain path.
  private func runPlain(_ k: Int, parameters: UnsafePointer<S>, version: ParameterVersion) {
    let (layer, memory, input) = (layout.layers[k], layers[k], input(of: k))
    let bias = layer.bias.expanded(parameters, in: memory.wholeBias.reserve(memory.columns))
    let normalization = normalization(of: k, parameters: parameters)
    run(
      AffineProduct(
        rows: packing.rows, outputSize: memory.columns,
        input: affineInput(
          input.rows, tokens: input.tokens, inputs: layer.inputSize, outputs: memory.columns,
          place: layer.inputWeights, parameters: parameters, version: version),
        start: normalization == nil ? .bias(bias) : .zero, output: memory.gates.base, add: kernels.add))
    if let normalization, normalization.split != nil {
      let job = NormalizedInput(rows: packing.rows, normalization: normalization, gates: memory.gates.base)
      execution.team.run(job, tasks: job.tasks)
    }
    let job = PlainForward(
      packing: packing, hiddenSize: layer.hiddenSize, columns: memory.columns,
      recurrent: factor(
        recurrentWeights(k, parameters: parameters, drawing: true), depth: layer.outputSize, columns: memory.columns,
        place: layer.recurrentWeights, version: version),
      recurrentMask: recurrentMask(of: k), zoneout: zoneout(of: k),
      gateRecurrence: layer.gateWeights.map {
        .init(
          weights: factor(
            parameters + $0, depth: memory.gateCount, columns: memory.columns, as: .gateRecurrence, place: $0,
            version: version),
          count: memory.gateCount, activations: memory.fedBack.base)
      },
      arithmetic: layer.cell.isVanilla && normalization == nil
        ? .fused(layer.peepholePointers(parameters), kernels)
        : .blocks(BlockCell(layer, parameters, normalization: normalization, kernels)),
      gates: memory.gates.base, cells: memory.cells.base,
      projection: layer.projection.map {
        .init(
          weights: factor(
            parameters + $0.weights, depth: layer.hiddenSize, columns: layer.outputSize, as: .projection,
            place: $0.weights, version: version),
          size: layer.outputSize, clip: $0.clip.map { S($0) }, unprojected: memory.unprojected.base)
      },
      initialHidden: memory.hidden.base, hidden: hiddenRows(k))
    execution.team.run(job, tasks: job.tasks)
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

  func run(_ job: AffineProduct<S>) { execution.team.run(job, tasks: job.tasks) }

  /// The state in the caller's order goes in front of the packed rows.
  func gatherState(_ memory: LayerMemory<S>) {
    let (H, P, G) = (memory.hiddenSize, memory.outputSize, memory.gateCount)
    for n in 0..<batchSize {
      (memory.hidden.base + n * P).update(from: memory.hiddenState.base + packing.order[n] * P, count: P)
      (memory.cells.base + n * H).update(from: memory.cellState.base + packing.order[n] * H, count: H)
      (memory.fedBack.base + n * G).update(from: memory.gateState.base + packing.order[n] * G, count: G)
    }
  }

  /// The state after each sequence's own last step, back in the caller's order.
  func scatterState(_ k: Int) {
    let (memory, rows) = (layers[k], hiddenRows(k))
    let (H, P, G) = (memory.hiddenSize, memory.outputSize, memory.gateCount)
    for n in 0..<batchSize {
      let (place, steps) = (packing.order[n], packing.lengths[n])
      if steps > 0 {
        (memory.hiddenState.base + place * P).update(from: rows + (packing.offset[steps - 1] + n) * P, count: P)
      }
      let row = (memory.keepsSteps ? packing.stateRow(before: steps) : 0) + n
      (memory.cellState.base + place * H).update(from: memory.cells.base + row * H, count: H)
      (memory.gateState.base + place * G).update(from: memory.fedBack.base + row * G, count: G)
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
