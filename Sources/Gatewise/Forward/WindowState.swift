extension Workspace {
  /// Checks that a model is of the kind this memory was made for.
  func requireSameConfiguration(_ model: LSTM<S>) throws(GatewiseError) {
    guard model.configuration == configuration else {
      throw .invalidArgument("The model has another configuration than this pass was made for.")
    }
  }

  /// Checks that a batch that continues the one before has one to continue, of as many sequences.
  ///
  /// - Throws: `GatewiseError.invalidArgument` saying what is missing.
  func requireContinuation(_ batch: SequenceBatch<S>) throws(GatewiseError) {
    guard batch.continuesState else { return }
    guard holdsState else {
      throw .invalidArgument("The batch continues the one before, but there is none; let the first batch start anew.")
    }
    guard batch.batchSize == batchSize else {
      throw .invalidArgument(
        "The batch continues the one before, but has \(batch.batchSize) sequences and that one had \(batchSize); "
          + "give both the same sequences or start anew.")
    }
  }

  /// The next window starts from zero, or from the learned initial state where the model has one.
  func resetState(parameters: UnsafePointer<S>) {
    (nextStartsFromModelState, holdsState) = (true, true)
    for (layer, memory) in zip(layout.layers, layers) {
      let (H, P) = (memory.hiddenSize, memory.outputSize)
      for n in 0..<batchSize {
        start(memory.hiddenState.base + n * P, from: layer.initialHidden.map { parameters + $0 }, count: P)
        start(memory.cellState.base + n * H, from: layer.initialCell.map { parameters + $0 }, count: H)
      }
      memory.gateState.zero()
    }
  }

  private func start(_ row: UnsafeMutablePointer<S>, from learned: UnsafePointer<S>?, count: Int) {
    if let learned { row.update(from: learned, count: count) } else { row.update(repeating: 0, count: count) }
  }

  /// The next window starts from a given state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where the state is another model's or another batch's.
  func setState(_ state: LSTMState<S>) throws(GatewiseError) {
    try state.validate(for: configuration, batchSize: batchSize)
    (nextStartsFromModelState, holdsState) = (false, true)
    for (l, memory) in layers.enumerated() {
      copy(state.hidden[l].elements, into: memory.hiddenState)
      copy(state.cell[l].elements, into: memory.cellState)
      if memory.gateCount > 0 { copy(state.gates[l].elements, into: memory.gateState) }
    }
  }

  /// The state after the last window, or the one set for the next.
  var state: LSTMState<S> {
    LSTMState(
      hidden: layers.map { tensor($0.hiddenState, width: $0.outputSize) },
      cell: layers.map { tensor($0.cellState, width: $0.hiddenSize) },
      gates: layers.filter { $0.gateCount > 0 }.map { tensor($0.gateState, width: $0.gateCount) })
  }

  /// ∂E/∂state: of the last step before a backward, of the initial state after it.
  var stateError: LSTMState<S> {
    LSTMState(
      hidden: layers.map { tensor($0.hiddenStateError, width: $0.outputSize) },
      cell: layers.map { tensor($0.cellStateError, width: $0.hiddenSize) },
      gates: layers.filter { $0.gateCount > 0 }.map { tensor($0.gateStateError, width: $0.gateCount) })
  }

  /// The error that comes in at each sequence's last state.
  func setStateError(_ error: LSTMState<S>) throws(GatewiseError) {
    try error.validate(for: configuration, batchSize: batchSize)
    for (l, memory) in layers.enumerated() {
      copy(error.hidden[l].elements, into: memory.hiddenStateError)
      copy(error.cell[l].elements, into: memory.cellStateError)
      if memory.gateCount > 0 { copy(error.gates[l].elements, into: memory.gateStateError) }
    }
  }

  /// No error comes in at the last states.
  func clearStateError() {
    for memory in layers {
      memory.hiddenStateError.zero()
      memory.cellStateError.zero()
      memory.gateStateError.zero()
    }
  }

  private func copy(_ elements: [S], into buffer: borrowing AlignedBuffer<S>) {
    let base = buffer.base
    elements.withUnsafeBufferPointer { if let source = $0.baseAddress { base.update(from: source, count: $0.count) } }
  }

  private func tensor(_ buffer: borrowing AlignedBuffer<S>, width: Int) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [batchSize, width])
    let base = buffer.base
    tensor.elements.withUnsafeMutableBufferPointer { $0.baseAddress?.update(from: base, count: $0.count) }
    return tensor
  }
}
