/// Forward and backward passes over one batch after another for a loss of the caller's own.
///
/// The memory is sized once, and the passes, but for exact RTRL's, allocate nothing. Where the loss is one of the
/// library's, a trainer does all of this; where one gradient is wanted, with respect to the input and the initial state
/// too, use the model's own `gradients`.
///
///     let pass = try GradientPass<Float>(model.configuration, steps: 64, batchSize: 32)
///     try pass.forward(model, batch)
///     try pass.copyOutput(into: &y)
///     // … the caller's loss: dy from y …
///     try pass.backward(model, outputGradient: dy, into: &gradient)
///
/// A pass belongs to one thread at a time.
package final class GradientPass<S: Scalar> {
  /// How the error goes back.
  package let rule: GradientRule
  private let pass: WindowPass<S>
  private var engine: Engine<S> { pass.engine }
  /// `[T, N, K]` in the caller's order, where a window is more than one segment: outputs of all segments.
  private let outputs: AlignedBuffer<S>
  /// The batch of the last forward pass, until a backward has gone over it: its inputs are read again.
  private var batch: SequenceBatch<S>?

  /// Memory for batches of up to `steps` steps of `batchSize` sequences. A rule with segments has less of it, but the
  /// outputs of all steps are kept.
  ///
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory, or the rule cannot be.
  package init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, rule: GradientRule = .bptt(),
    execution: Execution? = nil
  ) throws {
    self.rule = rule
    let isInParts = WindowCut(rule.request, steps: steps).isInParts && !configuration.readsLastStepOnly
    let outputs = isInParts ? Double(steps) * Double(batchSize) * Double(configuration.outputSize) : 0
    pass = try WindowPass(
      configuration, steps: steps, batchSize: batchSize, rule: rule, beside: outputs * Double(MemoryLayout<S>.stride),
      execution: execution)
    self.outputs = AlignedBuffer(count: Int(outputs))
  }

  /// The state after each sequence's own last step of the last forward pass.
  package var finalState: LSTMState<S> { engine.state }

  /// The forward pass over a batch: from the model's initial state, or from where the last batch ended where the batch
  /// says that it continues.
  ///
  /// The pass holds the batch's inputs until `backward` has read them again, or the next `forward`: who fills a batch
  /// anew before that has them copied.
  ///
  /// - Parameters:
  ///   - model: what runs.
  ///   - batch: its inputs.
  ///   - dropping: the seed of what is left out at random, as in training; nil leaves nothing out.
  /// - Throws: `GatewiseError` where the batch does not fit the model or is larger than the memory.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func forward(_ model: LSTM<S>, _ batch: SequenceBatch<S>, dropping: UInt64? = nil) throws {
    try engine.requireSameConfiguration(model)
    try model.validate(batch)
    guard batch.steps <= pass.maximumSteps, batch.batchSize <= engine.shape.batchSize else {
      throw GatewiseError.invalidArgument(
        "The batch has \(batch.steps) steps of \(batch.batchSize) sequences, but this pass has memory for "
          + "\(pass.maximumSteps) of \(engine.shape.batchSize); make it for the largest batch.")
    }
    try engine.requireContinuation(batch)
    engine.window.maskSeed = dropping
    model.withParameters {
      pass.forward(batch, $0) { segment in
        if pass.isInParts, outputs.count > 0 { engine.copyOutput(to: outputs.vector, from: segment.start) }
      }
    }
    var batch = batch
    (batch.classes, batch.targets, batch.mask) = ([], [], nil)
    self.batch = batch
  }

  /// Copies the outputs of the last forward pass, `[T, N, K]`, or `[1, N, K]` for a readout on the last step. What
  /// stands on padding stays.
  ///
  /// - Throws: `GatewiseError` where the tensor has another shape, or no forward pass came before.
  package func copyOutput(into output: inout Tensor<S>) throws {
    let batch = try lastBatch()
    try requireShape(of: output, named: "y", batch)
    output.elements.withMutableView {
      if pass.isInParts, outputs.count > 0 {
        copyOutputs(of: batch, to: $0)
      } else {
        engine.copyOutput(to: $0)
      }
    }
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
  package func backward(_ model: LSTM<S>, outputGradient: Tensor<S>, into gradients: inout [S]) throws {
    let batch = try lastBatch()
    try engine.requireSameConfiguration(model)
    try requireShape(of: outputGradient, named: "dy", batch)
    guard gradients.count == engine.layout.count else {
      throw GatewiseError.shapeMismatch(
        name: "the gradient vector", expected: [engine.layout.count], found: [gradients.count])
    }
    // The gates become their deltas: a second backward pass would need another forward pass. And the caller, filling
    // the batch again, finds its arrays unshared.
    self.batch = nil
    engine.clearStateError()
    model.withParameters { parameters in
      gradients.withMutableView { gradients in
        pass.backward(batch, parameters, gradients: gradients) { segment in
          engine.loadOutputError(outputGradient, from: segment.start)
        }
      }
    }
  }

  /// Copies the outputs of all segments but for the padding.
  private func copyOutputs(of batch: SequenceBatch<S>, to target: VectorView<S>) {
    let (rows, K) = (batch.steps * batch.batchSize, engine.configuration.outputSize)
    let (source, target) = (outputs.vector.matrix(rows: rows, columns: K), target.matrix(rows: rows, columns: K))
    guard let lengths = batch.lengths else { return target.elements.copy(from: source.elements) }
    for row in 0..<rows where row / batch.batchSize < lengths[row % batch.batchSize] {
      target[row].copy(from: source[row])
    }
  }

  private func lastBatch() throws(GatewiseError) -> SequenceBatch<S> {
    guard let batch else {
      throw .invalidArgument("There is no forward pass to go back over; call forward first, once for each backward.")
    }
    return batch
  }

  private func requireShape(
    of tensor: Tensor<S>, named name: String, _ batch: SequenceBatch<S>
  ) throws(GatewiseError) {
    let configuration = engine.configuration
    let (T, N, K) = (configuration.readsLastStepOnly ? 1 : batch.steps, batch.batchSize, configuration.outputSize)
    let shape = tensor.shape
    // An array of the right shape would be an allocation.
    if shape.count == 3, shape[0] == T, shape[1] == N, shape[2] == K, tensor.elements.count == T * N * K { return }
    try tensor.require(shape: [T, N, K], named: name)
  }
}
