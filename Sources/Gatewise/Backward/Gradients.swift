/// What a gradient computation gives: the outputs of the forward pass and ∂E/∂ everything that went into it.
public struct Gradients<S: Scalar>: Sendable {
  /// Outputs `[T, N, K]`, or `[1, N, K]` for a readout on the last step; zero on padding.
  public let output: Tensor<S>
  /// The state after each sequence's own last step.
  public let finalState: LSTMState<S>
  /// ∂E/∂parameters in one vector, as the model's layout says.
  public let parameters: [S]
  /// ∂E/∂x `[T, N, I]`; zero on padding. For tokens, x is the one-hot row that each of them stands for.
  public let input: Tensor<S>
  /// ∂E/∂ the initial state, `[N, H]` a layer.
  public let initialState: LSTMState<S>
}

extension LSTM {
  /// The gradient of E = Σ y∘dy + Σ h_T∘dh_T + Σ c_T∘dc_T by a rule.
  ///
  /// - Parameters:
  ///   - x: input `[T, N, I]`.
  ///   - lengths: the steps of each sequence, `[N]`; nil where all have T. Padding is never read.
  ///   - initialState: the state before the first step; nil is the model's own (learned or zero).
  ///   - outputGradient: dy, in the shape of the outputs. Where this and `finalStateGradient` are nil, ones; where only
  ///     `finalStateGradient` is given, zeros.
  ///   - finalStateGradient: dh_T and dc_T; nil is zeros.
  ///   - rule: how the error goes back; full BPTT where not said.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Returns: the gradients with the outputs of the forward pass. The cost is three forward passes.
  /// - Throws: `GatewiseError` where a shape disagrees, naming the tensor and both shapes.
  public func gradients(
    of x: Tensor<S>, lengths: [Int]? = nil, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    finalStateGradient: LSTMState<S>? = nil, rule: any GradientRule = BPTT(), execution: Execution? = nil
  ) throws -> Gradients<S> {
    try gradients(
      of: validBatch(x, lengths: lengths), initialState: initialState, outputGradient: outputGradient,
      finalStateGradient: finalStateGradient, rule: rule, execution: execution)
  }

  /// The gradient over a batch, dense or one-hot by index; as the other form says. The batch's targets are not used.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or a shape disagrees.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func gradients(
    of batch: SequenceBatch<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    finalStateGradient: LSTMState<S>? = nil, rule: any GradientRule = BPTT(), execution: Execution? = nil
  ) throws -> Gradients<S> {
    try validate(batch)
    let workspace = try Workspace<S>(
      configuration, steps: batch.steps, batchSize: batch.batchSize, givesInputError: true, execution: execution)
    let outputShape = outputShape(steps: batch.steps, batchSize: batch.batchSize)
    try outputGradient?.require(shape: outputShape, named: "dy")
    let unsaid: S = finalStateGradient == nil ? 1 : 0
    let dy = outputGradient ?? Tensor(repeating: unsaid, shape: outputShape)
    var gradients = [S](repeating: 0, count: layout.count)
    var (y, dx) = (
      Tensor<S>(repeating: 0, shape: outputShape),
      Tensor<S>(repeating: 0, shape: [batch.steps, batch.batchSize, batch.inputSize])
    )
    workspace.load(batch, steps: batch.steps)
    let finalState = try parameters.withUnsafeBufferPointer { parameters in
      let parameters = parameters.baseAddress!
      workspace.resetState(parameters: parameters)
      if let initialState { try workspace.setState(initialState) }
      workspace.clearStateError()
      if let finalStateGradient { try workspace.setStateError(finalStateGradient) }
      workspace.forward(parameters: parameters, version: version)
      y.elements.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { workspace.copyOutput(to: base) } }
      let finalState = workspace.state
      workspace.loadOutputError(dy)
      gradients.withUnsafeMutableBufferPointer {
        rule._backward(workspace, parameters: parameters, gradients: $0.baseAddress!, wantsInputError: true)
      }
      return finalState
    }
    dx.elements.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      workspace.scatter(workspace.inputError, width: configuration.inputSize, into: base)
    }
    return Gradients(
      output: y, finalState: finalState, parameters: gradients, input: dx, initialState: workspace.stateError)
  }
}

extension Workspace {
  /// dy in the caller's order and shape becomes the error of the outputs.
  func loadOutputError(_ dy: Tensor<S>) {
    let K = configuration.outputSize
    dy.elements.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      if configuration.readsLastStepOnly {
        outputError.base.update(from: base, count: batchSize * K)
      } else {
        gather(base, width: K, into: outputError.base)
      }
    }
  }
}
