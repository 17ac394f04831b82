extension Workspace {
  /// The gradient over the window of the last forward pass by derivatives that run forward (see `RTRL`).
  ///
  /// In and out as for `backward`; the gates are left as they are, unless the error of the input is wanted.
  func sendErrorForward(
    parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool
  ) {
    precondition(purpose == .training, "a workspace for inference has no memory for a gradient")
    backwardReadout(parameters: parameters, gradients: gradients, wantsInputError: wantsInputError)
    let shape = SensitivityShape(configuration)
    let matrices = sensitivities.reserve(Int(shape.count))
    let tasks = execution.team.threads
    let scratchCount =
      SensitivityStep<S>.parametersPerBlock * layout.layers.map { LayerJacobian<S>.rows($0) }.max()!
    let counts = shape.sources.map(\.count)
    let jacobianCounts = layout.layers.map { LayerJacobian<S>.count($0, kernels: kernels) }
    var rest = sensitivityScratch.reserve(
      tasks * scratchCount + counts.reduce(0, +) + jacobianCounts.reduce(0, +))
    func take(_ count: Int) -> UnsafeMutablePointer<S> {
      defer { rest += count }
      return rest
    }
    let scratch = take(tasks * scratchCount)
    let jacobians = zip(layout.layers, jacobianCounts).map {
      LayerJacobian(
        $0, parameters: parameters, kernels: kernels, isPacked: execution.recurrentPath == .tile, memory: take($1))
    }
    let sums = counts.map(take)
    for (source, layer) in layout.layers.enumerated() {
      (gradients + layer.inputWeights).update(repeating: 0, count: shape.sources[source].parameters)
    }
    let initial = StateErrors<S>(configuration, batchSize: batchSize)
    initial.forEachRow(of: self) { _, kept, error, width in kept.update(from: error, count: width) }
    for n in 0..<batchSize {
      start(shape, matrices, sums)
      for t in 0..<packing.lengths[n] {
        step(
          t, sequence: n, shape: shape, jacobians: jacobians, matrices: matrices, scratch: (scratch, scratchCount),
          sums: sums)
      }
      // Without a step, what came in at the last state is the initial state's.
      guard packing.lengths[n] > 0 else { continue }
      for (l, layer) in layout.layers.enumerated() {
        kernels.add(shape.sources[l].parameters, sums[l], gradients + layer.inputWeights)
      }
      keep(sums, of: packing.order[n], shape, in: initial)
    }
    // Nothing runs forward to the input; BPTT's error of it costs a small part of all this.
    if wantsInputError {
      backwardLayers(parameters: parameters, gradients: nil, wantsInputError: true, paths: .all)
    }
    initial.forEachRow(of: self) { _, kept, error, width in error.update(from: kept, count: width) }
    for k in layers.indices { collectInitialState(direction: k, gradients: gradients) }
  }

  /// Before the first step a state depends on itself alone.
  private func start(_ shape: SensitivityShape, _ matrices: UnsafeMutablePointer<S>, _ sums: [UnsafeMutablePointer<S>])
  {
    matrices.update(repeating: 0, count: Int(shape.count))
    for (source, from) in shape.sources.enumerated() {
      sums[source].update(repeating: 0, count: from.count)
      let (H, G) = (shape.states[source].cells, shape.states[source].gates)
      let cells = matrices + shape.offset(of: source, by: source)
      let (outputs, gates) = (cells + H * from.count, cells + 2 * H * from.count)
      for k in 0..<H {
        outputs[(from.parameters + k) * H + k] = 1
        cells[(from.parameters + H + k) * H + k] = 1
      }
      for j in 0..<G { gates[(from.parameters + 2 * H + j) * G + j] = 1 }
    }
  }

  private func step(
    _ t: Int, sequence n: Int, shape: SensitivityShape, jacobians: [LayerJacobian<S>],
    matrices: UnsafeMutablePointer<S>, scratch: (base: UnsafeMutablePointer<S>, count: Int),
    sums: [UnsafeMutablePointer<S>]
  ) {
    let row = packing.offset[t] + n
    let (before, after) = (packing.stateRow(before: t) + n, packing.stateRow(before: t + 1) + n)
    let isLast = t == packing.lengths[n] - 1
    let top = layers.count - 1
    for (l, memory) in layers.enumerated() {
      let H = memory.hiddenSize
      jacobians[l].update(
        gates: memory.gates.base + row * memory.columns, cPrevious: memory.cells.base + before * H,
        c: memory.cells.base + after * H, needsInput: l > 0)
    }
    // The last state's errors are the step's own, beside that of the outputs.
    let errors = layers.enumerated().map { l, memory in
      var errors = SensitivityStep<S>.StateErrorsOfStep()
      let (H, sequence) = (memory.hiddenSize, packing.order[n])
      if l == top { errors.outputs.append(UnsafePointer(error(into: top) + row * H)) }
      guard isLast else { return errors }
      errors.outputs.append(UnsafePointer(memory.hiddenStateError.base + sequence * H))
      errors.cells = UnsafePointer(memory.cellStateError.base + sequence * H)
      if memory.gateCount > 0 {
        errors.gates = UnsafePointer(memory.gateStateError.base + sequence * memory.gateCount)
      }
      return errors
    }
    for (source, memory) in layers.enumerated() {
      let (H, I) = (memory.hiddenSize, layout.layers[source].inputSize)
      let takesToken = usesTokens && source == 0
      let job = SensitivityStep(
        shape: shape, source: source, jacobians: jacobians, memory: matrices, scratch: scratch.base,
        scratchCount: scratch.count, tasks: execution.team.threads,
        packed: execution.recurrentPath == .tile ? kernels.packed : nil,
        input: .init(
          x: takesToken ? nil : layerInput(source) + row * I, token: takesToken ? Int(tokens.base[row]) : 0,
          yPrevious: memory.hidden.base + before * H, cPrevious: memory.cells.base + before * H,
          c: memory.cells.base + after * H, gatesPrevious: memory.fedBack.base + before * memory.gateCount),
        errors: errors, gradient: sums[source])
      execution.team.run(job, tasks: job.tasks)
    }
  }

  /// The last of a sequence's sums are ∂E/∂ its initial states, in the order of a state's parts.
  private func keep(
    _ sums: [UnsafeMutablePointer<S>], of sequence: Int, _ shape: SensitivityShape, in initial: StateErrors<S>
  ) {
    for (l, memory) in layers.enumerated() {
      let kept = initial.row(of: sequence, layer: l, in: self)
      kept.update(from: sums[l] + shape.sources[l].parameters, count: memory.stateSize)
    }
  }
}
