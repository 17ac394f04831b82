extension LSTM {
  /// The gradient by a forward pass that somebody else has made: of another engine, or kept from before. Only what the
  /// records do not hold is run forward; the backward pass reads the h, c and gates that are given.
  ///
  /// - Parameters:
  ///   - x: input `[T, N, I]`.
  ///   - records: h, c and activated gates of every direction of every layer, the lowest first, in the order of time;
  ///     what stands on padding is not read.
  ///   - lengths: the steps of each sequence, `[N]`; nil where all have T.
  ///   - initialState: the state before the first step; nil is the model's own.
  ///   - outputGradient: dy; see the other form.
  ///   - finalStateGradient: dh_T and dc_T.
  ///   - rule: how the error goes back, over the whole window at once.
  ///   - recordsDeltas: whether δ of every gate and step is returned.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a shape disagrees, naming the tensor and both shapes, or where the records do not
  ///   say enough, which depends on the model's components. Nothing is left out at random.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func gradients(
    of x: Tensor<S>, records: [LayerRecord<S>], lengths: [Int]? = nil, initialState: LSTMState<S>? = nil,
    outputGradient: Tensor<S>? = nil, finalStateGradient: LSTMState<S>? = nil, rule: GradientRule = .bptt(),
    recordsDeltas: Bool = false, execution: Execution? = nil
  ) throws -> Gradients<S> {
    let batch = try validBatch(x, lengths: lengths)
    try require(records, of: batch, rule)
    if recordsDeltas { try requireDeltas(of: rule, steps: batch.steps) }
    let pass = try WindowPass<S>(
      configuration, steps: batch.steps, batchSize: batch.batchSize, givesInputError: true,
      sequences: WindowSequences(areUneven: true, isDense: true, rows: batch.realSteps), rule: rule,
      beside: resultBytes(of: batch, recordsDeltas: recordsDeltas, makesError: outputGradient == nil),
      execution: execution)
    let engine = pass.engine
    let outputShape = outputShape(steps: batch.steps, batchSize: batch.batchSize)
    try outputGradient?.require(shape: outputShape, named: "dy")
    let dy = outputGradient ?? Tensor(repeating: finalStateGradient == nil ? 1 : 0, shape: outputShape)
    if let finalStateGradient { try finalStateGradient.validate(for: configuration, batchSize: batch.batchSize) }
    try initialState?.validate(for: configuration, batchSize: batch.batchSize)
    var gradients = [S](repeating: 0, count: layout.count)
    var (y, dx) = (Tensor<S>(repeating: 0, shape: outputShape), Tensor<S>(repeating: 0, shape: x.shape))
    var finalState: LSTMState<S>?
    try withParameters { parameters in
      engine.window.load(batch, steps: batch.steps)
      engine.resetState(parameters)
      if let initialState { try engine.setState(initialState) }
      engine.replay(parameters) { direction in
        records[direction.layer.direction(of: configuration)].load(into: direction.memory, of: engine.window)
        direction.fillBehindRecord(parameters)
      }
      finalState = engine.state
      y.elements.withMutableView { engine.copyOutput(to: $0) }
      engine.clearStateError()
      if let finalStateGradient { try engine.setStateError(finalStateGradient) }
      engine.loadOutputError(dy, from: 0)
      gradients.withMutableView {
        pass.addGradient(of: batch, from: 0, parameters, to: $0, isFirst: true, wantsInputError: true)
      }
      dx.elements.withMutableView { engine.window.scatter(engine.inputError, into: $0) }
    }
    var result = Gradients(
      output: y, finalState: finalState!, parameters: gradients, input: dx, initialState: engine.stateError)
    if recordsDeltas { result.deltas = engine.recordedDeltas(steps: batch.steps) }
    return result
  }

  private func require(
    _ records: [LayerRecord<S>], of batch: SequenceBatch<S>, _ rule: GradientRule
  ) throws(GatewiseError) {
    try configuration.requireCompleteRecords()
    guard rule.request.keepsWholeWindow else {
      throw .invalidArgument("A rule that goes in parts runs forward anew; give one that takes the window as a whole.")
    }
    guard records.count == layout.layers.count else {
      throw .invalidArgument(
        "There are records of \(records.count) layers and directions, but the model has \(layout.layers.count).")
    }
    let (T, N) = (batch.steps, batch.batchSize)
    for (k, (record, layer)) in zip(records, layout.layers).enumerated() {
      let name = configuration.nameOfDirection(k)
      try record.hidden.require(shape: [T, N, layer.outputSize], named: "h of \(name)")
      try record.cells.require(shape: [T, N, layer.hiddenSize], named: "c of \(name)")
      try record.gates.require(shape: [T, N, layer.columns.count], named: "the gates of \(name)")
    }
  }
}
