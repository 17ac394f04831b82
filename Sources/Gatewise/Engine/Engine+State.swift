extension Engine {
  /// Checks that a model has the configuration that this engine was made for.
  func requireSameConfiguration(_ model: LSTM<S>) throws(GatewiseError) {
    guard model.configuration == configuration else {
      throw .invalidArgument("The model has a different configuration than the one this pass was made for.")
    }
  }

  /// Checks that a batch that continues the previous one has a state to continue, for the same number of sequences.
  ///
  /// - Throws: `GatewiseError.invalidArgument` saying what is missing.
  func requireContinuation(_ batch: SequenceBatch<S>) throws(GatewiseError) {
    guard batch.continuesState else { return }
    guard holdsState else {
      throw .invalidArgument("The batch continues the one before, but there is none; let the first batch start anew.")
    }
    guard batch.batchSize == window.batchSize else {
      throw .invalidArgument(
        "The batch continues the one before, but has \(batch.batchSize) sequences and that one had "
          + "\(window.batchSize); give both the same sequences or start anew.")
    }
  }

  /// Starts the next window from the learned initial state, or from zero.
  func resetState(_ parameters: ParameterVector<S>) {
    (nextStartsFromModelState, holdsState) = (true, true)
    for direction in directions {
      let layer = direction.memory.layer
      direction.memory.hidden.reset(to: layer.initialHidden.map { parameters.vector(at: $0, count: layer.outputSize) })
      direction.memory.cells.reset(to: layer.initialCell.map { parameters.vector(at: $0, count: layer.hiddenSize) })
      direction.memory.gateActivations?.reset(to: nil)
    }
  }

  /// Starts the next window from a given state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` if the state is of another model or another batch.
  func setState(_ state: LSTMState<S>) throws(GatewiseError) {
    try state.validate(for: configuration, batchSize: window.batchSize)
    (nextStartsFromModelState, holdsState) = (false, true)
    for (k, direction) in directions.enumerated() {
      direction.memory.hidden.set(state.hidden[k].elements)
      direction.memory.cells.set(state.cell[k].elements)
      direction.memory.gateActivations?.set(state.gates[k].elements)
    }
  }

  /// The state after the last window, or the one set for the next.
  var state: LSTMState<S> {
    LSTMState(
      hidden: directions.map(\.memory.hidden.tensor), cell: directions.map(\.memory.cells.tensor),
      gates: directions.compactMap { $0.memory.gateActivations?.tensor })
  }

  /// ∂E/∂state: of the last step before a backward pass, of the initial state after it.
  var stateError: LSTMState<S> {
    LSTMState(
      hidden: directions.map(\.memory.hidden.errorTensor), cell: directions.map(\.memory.cells.errorTensor),
      gates: directions.compactMap { $0.memory.gateActivations?.errorTensor })
  }

  /// Sets the error of each sequence's last state.
  func setStateError(_ error: LSTMState<S>) throws(GatewiseError) {
    try error.validate(for: configuration, batchSize: window.batchSize)
    for (k, direction) in directions.enumerated() {
      direction.memory.hidden.setError(error.hidden[k].elements)
      direction.memory.cells.setError(error.cell[k].elements)
      direction.memory.gateActivations?.setError(error.gates[k].elements)
    }
  }

  /// Sets the error of the last states to zero.
  func clearStateError() {
    for direction in directions { direction.memory.forEachStatePart { $0.clearError() } }
  }
}
