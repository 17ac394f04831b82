/// What a gradient computation gives: the outputs of the forward pass and ∂E/∂ everything that went into it.
public struct Gradients<S: Scalar>: Sendable {
  /// Outputs `[T, N, K]`, or `[1, N, K]` for a readout on the last step; zero on padding.
  public let output: Tensor<S>
  /// The state after each sequence's own last step.
  public let finalState: LSTMState<S>
  /// ∂E/∂parameters in one vector, as the model's layout says.
  public internal(set) var parameters: [S]
  /// ∂E/∂x `[T, N, I]`; zero on padding. For tokens, x is the one-hot row that each of them stands for.
  public let input: Tensor<S>
  /// ∂E/∂ the initial state, `[N, H]` a layer.
  public let initialState: LSTMState<S>
  /// δ `[T, N, C]` of every direction of every layer, the lowest first, where it was asked for: ∂E/∂ what goes into the
  /// activations of gates and candidates, columns in the order i, f, g, o, as far as the layer has them; zero on
  /// padding.
  public var deltas: [Tensor<S>] = []
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
  ///   - dropping: the seed of what is left out at random, as in training; nil leaves nothing out.
  ///   - recordsDeltas: whether δ of every gate and step is returned, for rules that lead an error back over the whole
  ///     window at once.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Returns: the gradients with the outputs of the forward pass. The cost is three forward passes.
  /// - Throws: `GatewiseError` where a shape disagrees, naming the tensor and both shapes.
  public func gradients(
    of x: Tensor<S>, lengths: [Int]? = nil, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    finalStateGradient: LSTMState<S>? = nil, rule: GradientRule = .bptt(), dropping: UInt64? = nil,
    recordsDeltas: Bool = false, execution: Execution? = nil
  ) throws -> Gradients<S> {
    try gradients(
      of: validBatch(x, lengths: lengths), initialState: initialState, outputGradient: outputGradient,
      finalStateGradient: finalStateGradient, rule: rule, dropping: dropping,
      recordsDeltas: recordsDeltas, execution: execution)
  }

  /// The gradient over a batch, dense or one-hot by index; as the other form says. The batch's targets are not used.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or a shape disagrees.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func gradients(
    of batch: SequenceBatch<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    finalStateGradient: LSTMState<S>? = nil, rule: GradientRule = .bptt(), dropping: UInt64? = nil,
    recordsDeltas: Bool = false, execution: Execution? = nil
  ) throws -> Gradients<S> {
    try gradients(
      of: batch, initialState: initialState, outputGradient: outputGradient, finalStateGradient: finalStateGradient,
      rule: rule, dropping: dropping, recordsDeltas: recordsDeltas, execution: execution, over: 0)
  }

  /// Does the same, over a vector whose elements all have a value before. Tests set it to NaN: a gradient is
  /// overwritten.
  func gradients(
    of batch: SequenceBatch<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    finalStateGradient: LSTMState<S>? = nil, rule: GradientRule = .bptt(), dropping: UInt64? = nil,
    recordsDeltas: Bool = false, execution: Execution? = nil, over memory: S
  ) throws -> Gradients<S> {
    try validate(batch)
    if recordsDeltas { try requireDeltas(of: rule, steps: batch.steps) }
    let pass = try WindowPass<S>(
      configuration, steps: batch.steps, batchSize: batch.batchSize, givesInputError: true,
      sequences: WindowSequences(
        batch, window: WindowCut(rule.request, steps: batch.steps).held, endsWithLongest: true),
      rule: rule, beside: resultBytes(of: batch, recordsDeltas: recordsDeltas, makesError: outputGradient == nil),
      execution: execution)
    let engine = pass.engine
    engine.window.maskSeed = dropping
    let outputShape = outputShape(steps: batch.steps, batchSize: batch.batchSize)
    try outputGradient?.require(shape: outputShape, named: "dy")
    let unsaid: S = finalStateGradient == nil ? 1 : 0
    let dy = outputGradient ?? Tensor(repeating: unsaid, shape: outputShape)
    var gradients = [S](repeating: memory, count: layout.count)
    if memory != 0 { pass.fillSegmentGradient(memory) }
    var (y, dx) = (
      Tensor<S>(repeating: 0, shape: outputShape),
      Tensor<S>(repeating: 0, shape: [batch.steps, batch.batchSize, batch.inputSize])
    )
    var batch = batch
    batch.continuesState = initialState != nil
    if let initialState { try engine.setState(initialState) }
    engine.clearStateError()
    if let finalStateGradient { try engine.setStateError(finalStateGradient) }
    withParameters { parameters in
      y.elements.withMutableView { y in
        pass.forward(batch, parameters) { segment in engine.copyOutput(to: y, from: segment.start) }
      }
      gradients.withMutableView { gradients in
        dx.elements.withMutableView { dx in
          let rows = dx.matrix(rows: batch.steps * batch.batchSize, columns: batch.inputSize)
          pass.backward(batch, parameters, gradients: gradients, inputGradient: rows) { segment in
            engine.loadOutputError(dy, from: segment.start)
          }
        }
      }
    }
    var result = Gradients(
      output: y, finalState: engine.state, parameters: gradients, input: dx, initialState: engine.stateError)
    if recordsDeltas { result.deltas = engine.recordedDeltas(steps: batch.steps) }
    return result
  }

  /// Returns δ of every direction of every layer alone; the arguments are those of `gradients`.
  package func deltas(
    of x: Tensor<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    rule: GradientRule = .bptt(), execution: Execution? = nil
  ) throws -> [Tensor<S>] {
    try gradients(
      of: x, initialState: initialState, outputGradient: outputGradient, rule: rule, recordsDeltas: true,
      execution: execution
    ).deltas
  }

  /// Checks that a rule leaves δ of the whole window. Exact RTRL forms none, but the error of the input goes back as in
  /// BPTT and leaves BPTT's.
  func requireDeltas(of rule: GradientRule, steps: Int) throws(GatewiseError) {
    guard WindowCut(rule.request, steps: steps).isInParts else { return }
    throw .invalidArgument(
      "A rule that goes in parts has the deltas of one part at a time; ask a rule that leads the error back over the "
        + "whole window for them.")
  }
}

extension LSTM {
  /// Bytes of `Gradients` over a batch, and of dy where it is made.
  func resultBytes(of batch: SequenceBatch<S>, recordsDeltas: Bool, makesError: Bool) -> Double {
    let (N, rows) = (Double(batch.batchSize), Double(batch.steps) * Double(batch.batchSize))
    let y = (configuration.readsLastStepOnly ? N : rows) * Double(configuration.outputSize)
    var numbers = (makesError ? 2 : 1) * y + rows * Double(batch.inputSize) + Double(layout.count)
    numbers += 2 * N * Double(configuration.stateSize)
    if recordsDeltas {
      numbers += rows * layout.layers.reduce(0) { $0 + Double($1.columns.count) }
    }
    return numbers * Double(MemoryLayout<S>.stride)
  }
}
