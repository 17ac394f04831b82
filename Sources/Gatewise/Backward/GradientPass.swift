/// Forward and backward passes over one batch after another for a loss of the caller's own.
///
/// The memory is sized once, and the passes allocate nothing. Where the loss is one of the library's, a trainer does all
/// of this; where one gradient is wanted, with respect to the input and the initial state too, use
/// ``LSTM/gradients(of:lengths:initialState:outputGradient:finalStateGradient:rule:execution:)``.
///
///     let pass = try GradientPass<Float>(model.configuration, steps: 64, batchSize: 32)
///     try pass.forward(model, batch)
///     try pass.copyOutput(into: &y)
///     // … the caller's loss: dy from y …
///     try pass.backward(model, outputGradient: dy, into: &gradient)
///
/// A pass belongs to one thread at a time.
public final class GradientPass<S: Scalar> {
  /// How the error goes back.
  public let rule: any GradientRule
  private let workspace: Workspace<S>
  private var isForward = false
  /// T of the last batch, which its longest sequence need not reach.
  private var steps = 0

  /// Memory for batches of up to `steps` steps of `batchSize` sequences.
  ///
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory.
  public init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, rule: any GradientRule = BPTT(),
    execution: Execution? = nil
  ) throws {
    self.rule = rule
    workspace = try Workspace(configuration, steps: steps, batchSize: batchSize, execution: execution)
  }

  /// The state after each sequence's own last step of the last forward pass.
  public var finalState: LSTMState<S> { workspace.state }

  /// The forward pass over a batch: from the model's initial state, or from where the last batch ended where the batch
  /// says that it continues.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or is larger than the memory.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func forward(_ model: LSTM<S>, _ batch: SequenceBatch<S>) throws {
    try workspace.requireSameConfiguration(model)
    try model.validate(batch)
    guard batch.steps <= workspace.maximumSteps, batch.batchSize <= workspace.maximumBatchSize else {
      throw GatewiseError.invalidArgument(
        "The batch has \(batch.steps) steps of \(batch.batchSize) sequences, but this pass has memory for "
          + "\(workspace.maximumSteps) of \(workspace.maximumBatchSize); make it for the largest batch.")
    }
    try workspace.requireContinuation(batch)
    workspace.load(batch, steps: batch.steps)
    model.parameters.withUnsafeBufferPointer { parameters in
      let parameters = parameters.baseAddress!
      if !batch.continuesState { workspace.resetState(parameters: parameters) }
      workspace.forward(parameters: parameters, version: model.version)
    }
    isForward = true
    steps = batch.steps
  }

  /// Copies the outputs of the last forward pass, `[T, N, K]`, or `[1, N, K]` for a readout on the last step. What
  /// stands on padding stays.
  ///
  /// - Throws: `GatewiseError` where the tensor has another shape, or no forward pass came before.
  public func copyOutput(into output: inout Tensor<S>) throws {
    try requireForward()
    try requireShape(of: output, named: "y")
    output.elements.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { workspace.copyOutput(to: base) } }
  }

  /// ∂(Σ y∘dy)/∂parameters of the last forward pass, in the order of the model's layout.
  ///
  /// - Parameters:
  ///   - model: the model of the forward pass, its parameters unchanged.
  ///   - outputGradient: dy, in the shape of the outputs; not read on padding.
  ///   - gradients: where the gradient goes, `[P]`; overwritten.
  /// - Throws: `GatewiseError` where a size disagrees, or no forward pass came before.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func backward(_ model: LSTM<S>, outputGradient: Tensor<S>, into gradients: inout [S]) throws {
    try requireForward()
    try workspace.requireSameConfiguration(model)
    try requireShape(of: outputGradient, named: "dy")
    guard gradients.count == workspace.layout.count else {
      throw GatewiseError.shapeMismatch(
        name: "the gradient vector", expected: [workspace.layout.count], found: [gradients.count])
    }
    // The gates become their deltas: a second backward pass would need another forward pass.
    isForward = false
    workspace.clearStateError()
    workspace.loadOutputError(outputGradient)
    model.parameters.withUnsafeBufferPointer { parameters in
      gradients.withUnsafeMutableBufferPointer { gradients in
        rule._backward(
          workspace, parameters: parameters.baseAddress!, gradients: gradients.baseAddress!, wantsInputError: false)
      }
    }
  }

  private func requireForward() throws(GatewiseError) {
    guard isForward else {
      throw .invalidArgument("There is no forward pass to go back over; call forward first, once for each backward.")
    }
  }

  private func requireShape(of tensor: Tensor<S>, named name: String) throws(GatewiseError) {
    let configuration = workspace.configuration
    try tensor.require(
      shape: [configuration.readsLastStepOnly ? 1 : steps, workspace.batchSize, configuration.outputSize], named: name)
  }
}
