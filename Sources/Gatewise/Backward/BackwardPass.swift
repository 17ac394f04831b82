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
    for l in layers.indices.reversed() {
      loadCarries(layer: l, paths: paths)
      let sends = l > 0 || wantsInputError
      if sends, paths.below == .current { sendCurrentErrorBelow(layer: l, parameters: parameters, paths: paths) }
      backwardRecurrence(layer: l, parameters: parameters, paths: paths)
      if sends, paths.below == .whole { sendErrorBelow(layer: l, delta: layers[l].gates.base, parameters: parameters) }
      if sends, paths.below == .nothing {
        error(into: l - 1).update(repeating: 0, count: packing.rows * layout.layers[l].inputSize)
      }
      if let gradients { collectGradients(layer: l, gradients: gradients) }
    }
    if wantsInputError, layout.readout?.shortcut != nil {
      let count = packing.rows * configuration.inputSize
      kernels.add(count, shortcutError.reserve(count), inputError)
    }
  }

  /// ∂E/∂x after a backward pass that was asked for it, `[rows, I]` packed.
  var inputError: UnsafeMutablePointer<S> { error(into: -1) }

  /// The buffer of the error that reaches a layer from above; -1 is the input.
  func error(into layer: Int) -> UnsafeMutablePointer<S> {
    let stagesBelow = layers.count - 1 - layer + (layout.readout == nil ? 0 : 1)
    return stagesBelow.isMultiple(of: 2) ? outputError.base : otherError.base
  }

  /// From the outputs' error to the highest layer's and, where it is wanted, to what the input has of it at once.
  func backwardReadout(parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool) {
    // Without a readout the outputs' error is the highest layer's.
    guard let readout = layout.readout else { return }
    let top = layers[layers.count - 1]
    let topError = error(into: layers.count - 1)
    let lastStep = configuration.readsLastStepOnly
    let input = lastStep ? top.hiddenState.base : top.hidden.base + batchSize * top.hiddenSize
    if lastStep { topError.update(repeating: 0, count: packing.rows * top.hiddenSize) }
    run(
      WeightGradients(
        rows: outputRows, inputSize: readout.inputSize, outputSize: readout.outputSize, input: input, tokens: nil,
        delta: outputError.base, weights: gradients + readout.weights, bias: readout.bias.map { gradients + $0 },
        add: kernels.add))
    if let shortcut = readout.shortcut {
      run(
        WeightGradients(
          rows: outputRows, inputSize: readout.shortcutSize, outputSize: readout.outputSize,
          input: usesTokens ? nil : layerInput(0), tokens: usesTokens ? tokens.base : nil, delta: outputError.base,
          weights: gradients + shortcut, bias: nil, add: kernels.add))
    }
    if wantsInputError, let shortcut = readout.shortcut {
      run(
        ErrorBelow(
          rows: outputRows, inputSize: readout.shortcutSize, outputSize: readout.outputSize, delta: outputError.base,
          weights: parameters + shortcut, error: shortcutError.reserve(packing.rows * readout.shortcutSize)))
    }
    // A readout on the last step sends its error to the last state, one on every step to every y_t.
    run(
      ErrorBelow(
        rows: outputRows, inputSize: readout.inputSize, outputSize: readout.outputSize, delta: outputError.base,
        weights: parameters + readout.weights, error: lastStep ? top.hiddenStateError.base : topError,
        adding: lastStep))
  }

  /// dh and dc of the last states, packed. Where no error comes back through the recurrence, dh of the last state is
  /// part of its step's error from the start.
  private func loadCarries(layer l: Int, paths: ErrorPaths) {
    let memory = layers[l]
    let width = memory.hiddenSize
    for n in 0..<batchSize {
      let source = packing.order[n] * width
      (hiddenCarry.base + n * width).update(from: memory.hiddenStateError.base + source, count: width)
      (cellCarry.base + n * width).update(from: memory.cellStateError.base + source, count: width)
      let G = memory.gateCount
      (gateCarry.base + n * G).update(from: memory.gateStateError.base + packing.order[n] * G, count: G)
      let steps = packing.lengths[n]
      guard !paths.throughRecurrence, steps > 0 else { continue }
      kernels.add(width, hiddenCarry.base + n * width, error(into: l) + (packing.offset[steps - 1] + n) * width)
      (hiddenCarry.base + n * width).update(repeating: 0, count: width)
    }
  }

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
    let (layer, memory) = (layout.layers[l], layers[l])
    let width = memory.hiddenSize
    let deltaClip = paths.deltaClip.map { S($0) }
    if let packed = memory.packed {
      let split = WorkSplit(
        packing, hiddenSize: width, takesTokens: false, threads: execution.team.threads, kernels: kernels.packed)
      let pass = LayerBackward(
        packing: packing, split: split, hiddenSize: width,
        packed: paths.throughRecurrence
          ? packed.transposedRecurrentWeights(from: parameters, team: execution.team) : nil,
        peepholes: peepholes(layer: layer, parameters: parameters, paths.peepholes), deltaClip: deltaClip,
        gates: memory.gates.base, cells: memory.cells.base, error: error(into: l), hiddenCarry: hiddenCarry.base,
        cellCarry: cellCarry.base, kernels: kernels)
      pass.run(on: execution.team)
    } else {
      let job = PlainBackward(
        packing: packing, hiddenSize: width, columns: memory.columns,
        weights: paths.throughRecurrence ? parameters + layer.recurrentWeights : nil,
        gateRecurrence: layer.gateWeights.map {
          .init(
            weights: paths.throughRecurrence ? parameters + $0 : nil, count: memory.gateCount, carry: gateCarry.base)
        },
        arithmetic: arithmetic(layer: layer, parameters: parameters, paths.peepholes, rows: batchSize),
        deltaClip: deltaClip, gates: memory.gates.base, cells: memory.cells.base, error: error(into: l),
        hiddenCarry: hiddenCarry.base, cellCarry: cellCarry.base, kernels: kernels)
      execution.team.run(job, tasks: job.tasks)
    }
    for n in 0..<batchSize {
      let target = packing.order[n] * width
      (memory.hiddenStateError.base + target).update(from: hiddenCarry.base + n * width, count: width)
      (memory.cellStateError.base + target).update(from: cellCarry.base + n * width, count: width)
      let G = memory.gateCount
      (memory.gateStateError.base + packing.order[n] * G).update(from: gateCarry.base + n * G, count: G)
    }
  }

  /// The gate arithmetic of a layer's way back on the plain path, with rows to work in.
  private func arithmetic(
    layer: LayerParameters, parameters: UnsafePointer<S>, _ paths: PeepholePaths, rows: Int
  ) -> PlainBackward<S>.Arithmetic {
    if layer.cell.isVanilla { return .fused(peepholes(layer: layer, parameters: parameters, paths)) }
    let widest = configuration.hiddenSizes.max()!
    return .blocks(
      BlockCell(layer, parameters, kernels), .init(paths),
      blockScratch.reserve(max(maximumBatchSize, maximumSteps, rows) * widest))
  }

  /// e of the layer below from the error of every step alone.
  private func sendCurrentErrorBelow(layer l: Int, parameters: UnsafePointer<S>, paths: ErrorPaths) {
    let (layer, memory) = (layout.layers[l], layers[l])
    let (rows, H, C) = (packing.rows, layer.hiddenSize, memory.columns)
    let delta = currentDeltas.reserve(rows * (C + H))
    let job = CurrentDeltas(
      packing: packing, hiddenSize: H, columns: C,
      arithmetic: arithmetic(layer: layer, parameters: parameters, paths.peepholes, rows: packing.steps),
      gates: memory.gates.base, cells: memory.cells.base, error: error(into: l), delta: delta,
      cellError: delta + rows * C, gateErrors: memory.gateCount > 0 ? lastGateErrors(memory) : nil, kernels: kernels)
    execution.team.run(job, tasks: job.tasks)
    sendErrorBelow(layer: l, delta: delta, parameters: parameters)
  }

  /// ∂E/∂ the gates' activations as what a sequence's last step leaves: `[rows, G]`, zero at its other steps.
  private func lastGateErrors(_ memory: LayerMemory<S>) -> (count: Int, rows: UnsafePointer<S>) {
    let G = memory.gateCount
    let errors = gateRows.reserve(packing.rows * G)
    errors.update(repeating: 0, count: packing.rows * G)
    for n in 0..<batchSize where packing.lengths[n] > 0 {
      (errors + (packing.offset[packing.lengths[n] - 1] + n) * G).update(from: gateCarry.base + n * G, count: G)
    }
    return (G, UnsafePointer(errors))
  }

  private func sendErrorBelow(layer l: Int, delta: UnsafePointer<S>, parameters: UnsafePointer<S>) {
    let (layer, memory) = (layout.layers[l], layers[l])
    if let packed = memory.packed {
      let job = PackedErrorBelow(
        rows: packing.rows, inputSize: layer.inputSize, columns: memory.columns, delta: delta,
        packed: packed.transposedInputWeights(from: parameters, team: execution.team), error: error(into: l - 1),
        kernels: kernels.packed)
      execution.team.run(job, tasks: job.tasks)
    } else {
      run(
        ErrorBelow(
          rows: packing.rows, inputSize: layer.inputSize, outputSize: memory.columns, delta: delta,
          weights: parameters + layer.inputWeights, error: error(into: l - 1)))
    }
  }

  /// The sums over all steps: dW, dR with db, dU, and the peepholes'; and the learned initial state's.
  private func collectGradients(layer l: Int, gradients: UnsafeMutablePointer<S>) {
    let (layer, memory) = (layout.layers[l], layers[l])
    let isToken = usesTokens && l == 0
    let columns = memory.columns
    let (dW, dR) = (gradients + layer.inputWeights, gradients + layer.recurrentWeights)
    let db = layer.bias.isFull ? gradients + layer.bias.offset : memory.wholeBias.reserve(columns)
    if isToken || memory.packed == nil {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: layer.inputSize, outputSize: columns, input: isToken ? nil : layerInput(l),
          tokens: isToken ? tokens.base : nil, delta: memory.gates.base, weights: dW, bias: nil, add: kernels.add))
    }
    if memory.packed != nil {
      let job = PackedWeightGradients(
        rows: packing.rows, columns: columns,
        input: isToken ? nil : .init(left: layerInput(l), width: layer.inputSize, gradient: dW),
        recurrent: .init(left: previousHidden(l), width: layer.hiddenSize, gradient: dR), delta: memory.gates.base,
        bias: db, scratch: weightScratch.base, kernels: kernels.packed, threads: execution.team.threads)
      execution.team.run(job, tasks: job.tasks)
    } else {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: layer.hiddenSize, outputSize: columns, input: previousHidden(l), tokens: nil,
          delta: memory.gates.base, weights: dR, bias: db, add: kernels.add))
    }
    if let gateWeights = layer.gateWeights {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: memory.gateCount, outputSize: columns, input: previousGates(memory),
          tokens: nil, delta: memory.gates.base, weights: gradients + gateWeights, bias: nil, add: kernels.add))
    }
    if !layer.bias.isFull { layer.bias.collect(db, into: gradients) }
    if let peepholes = layer.peepholes {
      let job = PeepholeGradients(
        packing: packing, columns: layer.columns, delta: memory.gates.base, cells: memory.cells.base,
        peepholes: gradients + peepholes, multiplyAdd: kernels.multiplyAdd)
      execution.team.run(job, tasks: job.tasks)
    }
    collectInitialState(layer: l, gradients: gradients)
  }

  /// The gradient of a learned initial state, from ∂E/∂ the initial states.
  func collectInitialState(layer l: Int, gradients: UnsafeMutablePointer<S>) {
    let (layer, memory) = (layout.layers[l], layers[l])
    guard let hidden = layer.initialHidden, let cell = layer.initialCell else { return }
    sumInitialError(memory.hiddenStateError.base, width: layer.hiddenSize, into: gradients + hidden)
    sumInitialError(memory.cellStateError.base, width: layer.hiddenSize, into: gradients + cell)
  }

  /// y_{t-1} for every row. With equal lengths these are the state's rows one step earlier; otherwise they are copied
  /// together, into the error of this layer, which has done its work.
  private func previousHidden(_ l: Int) -> UnsafePointer<S> {
    let memory = layers[l]
    if packing.isUniform { return UnsafePointer(memory.hidden.base) }
    let (rows, width) = (error(into: l), memory.hiddenSize)
    copyPrevious(memory.hidden.base, width: width, into: rows)
    return UnsafePointer(rows)
  }

  /// The gates' activations of step t-1 for every row.
  private func previousGates(_ memory: LayerMemory<S>) -> UnsafePointer<S> {
    if packing.isUniform { return UnsafePointer(memory.fedBack.base) }
    let rows = gateRows.reserve(packing.rows * memory.gateCount)
    copyPrevious(memory.fedBack.base, width: memory.gateCount, into: rows)
    return UnsafePointer(rows)
  }

  /// From states `[N + rows, width]`, those before the first step in front, to that before each row.
  private func copyPrevious(_ states: UnsafePointer<S>, width: Int, into rows: UnsafeMutablePointer<S>) {
    for t in 0..<packing.steps {
      (rows + packing.offset[t] * width).update(
        from: states + packing.stateRow(before: t) * width, count: packing.active[t] * width)
    }
  }

  /// A learned initial state takes the error of all sequences that started from it; a given or carried one stands in
  /// its place and leaves it none.
  private func sumInitialError(_ rows: UnsafePointer<S>, width: Int, into sum: UnsafeMutablePointer<S>) {
    sum.update(repeating: 0, count: width)
    guard startedFromModelState else { return }
    for n in 0..<batchSize { kernels.add(width, rows + n * width, sum) }
  }

  private func run(_ job: ErrorBelow<S>) { execution.team.run(job, tasks: job.tasks) }

  private func run(_ job: WeightGradients<S>) { execution.team.run(job, tasks: job.tasks) }
}
