extension Workspace {
  /// The backward over the window of the last forward pass (Equations, Backward), along the paths that a rule leaves.
  ///
  /// In: `outputError`, in the order of the outputs, and `setStateError`. Out: the gradient of every parameter, which is
  /// overwritten; `stateError`, now of the initial state; and `inputError` where it is wanted. The gates are overwritten
  /// by their deltas.
  ///
  /// - Parameters:
  ///   - parameters: what the forward pass used, `[P]`.
  ///   - gradients: `[P]`.
  ///   - wantsInputError: costs one product over all steps.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool, paths: ErrorPaths = .all
  ) {
    precondition(purpose == .training, "a workspace for inference has no memory for a backward pass")
    precondition(!wantsInputError || givesInputError, "this workspace has no memory for the error of the input")
    backwardReadout(parameters: parameters, gradients: gradients, wantsInputError: wantsInputError)
    backwardLayers(parameters: parameters, gradients: gradients, wantsInputError: wantsInputError, paths: paths)
  }

  /// From the highest layer's error down.
  ///
  /// - Parameter gradients: nil where only the errors are wanted.
  func backwardLayers(
    parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>?, wantsInputError: Bool, paths: ErrorPaths
  ) {
    for l in (0..<configuration.layerCount).reversed() {
      splitError(ofLayer: l)
      let directions = directions(ofLayer: l)
      for k in directions { loadCarries(k, paths: paths) }
      let sends = l > 0 || wantsInputError || layout.embedding != nil
      if sends, paths.below == .current { sendCurrentErrorBelow(l, parameters: parameters, paths: paths) }
      backwardRecurrence(layer: l, parameters: parameters, paths: paths)
      if sends, paths.below == .nothing {
        error(into: l - 1).update(repeating: 0, count: packing.rows * configuration.inputSize(ofLayer: l))
      }
      for k in directions {
        storeCarries(k)
        let deltas = deltas(of: k, parameters: parameters)
        if sends, paths.below == .whole { sendErrorBelow(k, delta: deltas.input, parameters: parameters) }
        if let gradients { collectGradients(direction: k, deltas: deltas, gradients: gradients) }
      }
      if sends { finishErrorBelow(layer: l) }
      if gradients != nil { onLayerGradients?(l) }
    }
    backwardEmbedding(parameters: parameters, gradients: gradients, wantsInputError: wantsInputError)
    if wantsInputError, layout.readout?.shortcut != nil {
      let count = packing.rows * configuration.inputSize
      kernels.add(count, shortcutError.reserve(count), inputError)
    }
  }

  /// ∂E/∂x after a backward pass that was asked for it, `[rows, I]` packed.
  var inputError: UnsafeMutablePointer<S> { error(into: layout.embedding == nil ? -1 : -2) }

  /// From the outputs' error to the highest layer's and, where it is wanted, to what the input has of it at once.
  func backwardReadout(parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool) {
    // Without a readout the outputs' error is the highest layer's.
    guard let readout = layout.readout else { return }
    let lastStep = configuration.readsLastStepOnly
    forEachReadoutInput { input in
      run(
        WeightGradients(
          rows: outputRows, inputSize: input.width, outputSize: readout.outputSize, input: input.rows, tokens: nil,
          delta: outputError.base, weights: gradients + readout.weights + input.offset * readout.outputSize,
          bias: input.offset == 0 ? readout.bias.map { gradients + $0 } : nil, add: kernels.add))
    }
    if let shortcut = readout.shortcut {
      run(
        WeightGradients(
          rows: outputRows, inputSize: readout.shortcutSize, outputSize: readout.outputSize,
          input: usesTokens ? nil : inputRows, tokens: usesTokens ? tokens.base : nil, delta: outputError.base,
          weights: gradients + shortcut, bias: nil, add: kernels.add))
    }
    if wantsInputError, let shortcut = readout.shortcut {
      run(
        ErrorBelow(
          rows: outputRows, delta: outputError.base,
          weights: factor(
            parameters + shortcut, depth: readout.outputSize, columns: readout.shortcutSize, isTransposed: true),
          error: shortcutError.reserve(packing.rows * readout.shortcutSize)))
    }
    // A readout on the last step sends its error to the last state, one on every step to every y_t.
    let top = configuration.layerCount - 1
    if lastStep { error(into: top).update(repeating: 0, count: packing.rows * configuration.topOutputSize) }
    forEachReadoutInput { input in
      run(
        ErrorBelow(
          rows: outputRows, delta: outputError.base,
          weights: factor(
            parameters + readout.weights + input.offset * readout.outputSize, depth: readout.outputSize,
            columns: input.width, isTransposed: true),
          error: input.error!, adding: lastStep))
    }
  }

  /// dh and dc of the last states, packed. Where no error comes back through the recurrence, dh of the last state is
  /// part of its step's error from the start.
  private func loadCarries(_ k: Int, paths: ErrorPaths) {
    let (memory, carry) = (layers[k], carry(of: k))
    let (H, P, G) = (memory.hiddenSize, memory.outputSize, memory.gateCount)
    for n in 0..<batchSize {
      let place = packing.order[n]
      (carry.hidden.base + n * P).update(from: memory.hiddenStateError.base + place * P, count: P)
      (carry.cell.base + n * H).update(from: memory.cellStateError.base + place * H, count: H)
      (carry.gates.base + n * G).update(from: memory.gateStateError.base + place * G, count: G)
      let steps = packing.lengths[n]
      guard !paths.throughRecurrence, steps > 0 else { continue }
      kernels.add(P, carry.hidden.base + n * P, error(of: k) + (packing.offset[steps - 1] + n) * P)
      (carry.hidden.base + n * P).update(repeating: 0, count: P)
    }
  }

  /// The other way: dh and dc of the initial states.
  private func storeCarries(_ k: Int) {
    let (memory, carry) = (layers[k], carry(of: k))
    let (H, P, G) = (memory.hiddenSize, memory.outputSize, memory.gateCount)
    for n in 0..<batchSize {
      let place = packing.order[n]
      (memory.hiddenStateError.base + place * P).update(from: carry.hidden.base + n * P, count: P)
      (memory.cellStateError.base + place * H).update(from: carry.cell.base + n * H, count: H)
      (memory.gateStateError.base + place * G).update(from: carry.gates.base + n * G, count: G)
    }
  }

  private func carry(of k: Int) -> StateCarry<S> { carries[layout.layers[k].isReverse ? 1 : 0] }

  /// The peepholes as an error sees them on its way back.
  private func peepholes(layer: LayerParameters, parameters: UnsafePointer<S>, _ paths: PeepholePaths) -> Peepholes<S> {
    let all: Peepholes<S> = layer.peepholePointers(parameters)
    guard layer.peepholes != nil else { return all }
    let H = layer.hiddenSize
    switch paths {
    case .attached: return all
    case .detached: return Peepholes()
    case .outputAttached:
      let none = noPeepholes.reserve(H)
      return Peepholes(i: none, f: none, o: all.o)
    }
  }

  private func backwardRecurrence(layer l: Int, parameters: UnsafePointer<S>, paths: ErrorPaths) {
    let directions = directions(ofLayer: l)
    guard layers[directions.lowerBound].packed != nil else {
      for k in directions { runPlainBackward(k, parameters: parameters, paths: paths) }
      return
    }
    let pass = tileBackward(directions.lowerBound, parameters: parameters, paths: paths)
    guard directions.count > 1 else { return pass.run(on: execution.team) }
    LayerBackward.run(
      pass, beside: tileBackward(directions.lowerBound + 1, parameters: parameters, paths: paths), on: execution.team)
  }

  /// The bound of deltas; one that is too small for S stays a bound.
  private func deltaBound(_ paths: ErrorPaths) -> S? {
    paths.deltaClip.map { max(S($0), S.leastNonzeroMagnitude) }
  }

  /// A direction's backward by the tile.
  private func tileBackward(_ k: Int, parameters: UnsafePointer<S>, paths: ErrorPaths) -> LayerBackward<S> {
    let (layer, memory, carry) = (layout.layers[k], layers[k], carry(of: k))
    let split = WorkSplit(
      packing, hiddenSize: layer.hiddenSize, takesTokens: false, threads: execution.team.threads,
      directions: configuration.directionCount, kernels: kernels.packed)
    return LayerBackward(
      packing: packing, split: split, hiddenSize: layer.hiddenSize,
      recurrent: paths.throughRecurrence
        ? memory.packed!.transposedRecurrentWeights(from: parameters, team: execution.team) : nil,
      peepholes: peepholes(layer: layer, parameters: parameters, paths.peepholes),
      deltaClip: deltaBound(paths), gates: memory.gates.base, cells: memory.cells.base, error: error(of: k),
      hiddenCarry: carry.hidden.base, cellCarry: carry.cell.base, kernels: kernels)
  }

  /// A direction's backward on the plain path.
  private func runPlainBackward(_ k: Int, parameters: UnsafePointer<S>, paths: ErrorPaths) {
    let (layer, memory, carry) = (layout.layers[k], layers[k], carry(of: k))
    let job = PlainBackward(
      packing: packing, hiddenSize: layer.hiddenSize, columns: memory.columns,
      recurrent: paths.throughRecurrence
        ? factor(
          recurrentWeights(k, parameters: parameters), depth: memory.columns, columns: layer.outputSize,
          isTransposed: true) : nil,
      recurrentMask: recurrentMask(of: k), zoneout: zoneout(of: k),
      gateRecurrence: layer.gateWeights.map {
        .init(
          weights: paths.throughRecurrence
            ? factor(
              parameters + $0, depth: memory.columns, columns: memory.gateCount, isTransposed: true,
              as: .gateRecurrence) : nil,
          count: memory.gateCount, carry: carry.gates.base)
      },
      arithmetic: arithmetic(k, parameters: parameters, paths.peepholes, rows: batchSize),
      projection: layer.projection.map {
        .init(
          weights: factor(
            parameters + $0.weights, depth: layer.outputSize, columns: layer.hiddenSize, isTransposed: true,
            as: .projection),
          size: layer.outputSize, clip: $0.clip.map { S($0) },
          outputs: configuration.regularization.zonesOut
            ? UnsafePointer(memory.unzonedOutputs.base) : UnsafePointer(hiddenRows(k)),
          hiddenError: projectionErrors.reserve(batchSize * layer.hiddenSize))
      },
      deltaClip: deltaBound(paths), gates: memory.gates.base, cells: memory.cells.base, error: error(of: k),
      hiddenCarry: carry.hidden.base, cellCarry: carry.cell.base, kernels: kernels)
    execution.team.run(job, tasks: job.tasks)
  }

  /// The gate arithmetic of a layer's way back on the plain path, with rows to work in.
  private func arithmetic(
    _ k: Int, parameters: UnsafePointer<S>, _ paths: PeepholePaths, rows: Int
  ) -> PlainBackward<S>.Arithmetic {
    let (layer, normalization) = (layout.layers[k], normalization(of: k, parameters: parameters))
    if layer.cell.isVanilla, normalization == nil {
      return .fused(peepholes(layer: layer, parameters: parameters, paths))
    }
    let widest = configuration.hiddenSizes.max()!
    return .blocks(
      BlockCell(layer, parameters, normalization: normalization, kernels), .init(paths),
      blockScratch.reserve(2 * max(maximumBatchSize, maximumSteps, rows) * widest))
  }

  /// e of the layer below from the error of every step alone.
  private func sendCurrentErrorBelow(_ k: Int, parameters: UnsafePointer<S>, paths: ErrorPaths) {
    let (layer, memory) = (layout.layers[k], layers[k])
    let (rows, H, C) = (packing.rows, layer.hiddenSize, memory.columns)
    let delta = currentDeltas.reserve(rows * (C + H))
    let job = CurrentDeltas(
      packing: packing, hiddenSize: H, columns: C,
      arithmetic: arithmetic(k, parameters: parameters, paths.peepholes, rows: packing.steps),
      gates: memory.gates.base, cells: memory.cells.base, error: error(of: k), delta: delta,
      cellError: delta + rows * C, gateErrors: memory.gateCount > 0 ? lastGateErrors(k) : nil, kernels: kernels)
    execution.team.run(job, tasks: job.tasks)
    sendErrorBelow(k, delta: delta, parameters: parameters)
  }

  /// ∂E/∂ the gates' activations as what a sequence's last step leaves: `[rows, G]`, zero at its other steps.
  private func lastGateErrors(_ k: Int) -> (count: Int, rows: UnsafePointer<S>) {
    let (G, carry) = (layers[k].gateCount, carry(of: k).gates.base)
    let errors = gateRows.reserve(packing.rows * G)
    errors.update(repeating: 0, count: packing.rows * G)
    for n in 0..<batchSize where packing.lengths[n] > 0 {
      (errors + (packing.offset[packing.lengths[n] - 1] + n) * G).update(from: carry + n * G, count: G)
    }
    return (G, UnsafePointer(errors))
  }
}
