/// What a forward pass gives.
public struct ForwardResult<S: Scalar>: Sendable {
  /// Outputs `[T, N, K]` (K = H of the highest layer where there is no readout), zero on padding; `[1, N, K]` for a
  /// readout on the last step.
  public var output: Tensor<S>
  /// The state after each sequence's own last step.
  public var finalState: LSTMState<S>
  /// Every layer's h, cells and gates, where they were asked for; the lowest layer first, and of each its forward
  /// direction before its reverse one.
  public var layers: [LayerRecord<S>]
}

extension LSTM {
  /// The forward pass over a batch of sequences.
  ///
  /// Long sequences run in windows of some thousand rows, so that memory beyond the outputs does not grow with T.
  ///
  /// - Parameters:
  ///   - x: input `[T, N, I]`.
  ///   - lengths: the steps of each sequence, `[N]`; nil where all have T. Padding is never read.
  ///   - initialState: the state before the first step; nil is the model's own (learned or zero).
  ///   - recordsLayers: whether every layer's cells and gates are kept and returned.
  ///   - weights: how the weights are stored for the pass.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a shape disagrees, naming the tensor and both shapes.
  public func forward(
    _ x: Tensor<S>, lengths: [Int]? = nil, initialState: LSTMState<S>? = nil, recordsLayers: Bool = false,
    weights: WeightStorage = .full, execution: Execution? = nil
  ) throws -> ForwardResult<S> {
    try forward(
      validBatch(x, lengths: lengths), initialState: initialState, recordsLayers: recordsLayers, weights: weights,
      execution: execution)
  }

  /// The forward pass over a batch, dense or one-hot by index.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func forward(
    _ batch: SequenceBatch<S>, initialState: LSTMState<S>? = nil, recordsLayers: Bool = false,
    weights: WeightStorage = .full, execution: Execution? = nil
  ) throws -> ForwardResult<S> {
    try validate(batch)
    let (T, N) = (batch.steps, batch.batchSize)
    let recorded =
      !recordsLayers
      ? 0 : layout.layers.reduce(0) { $0 + Double($1.outputSize + $1.hiddenSize + $1.columns.count) }
    let (rows, y) = (Double(T) * Double(N), Double(configuration.outputSize))
    let outputs = (configuration.readsLastStepOnly ? Double(N) : rows) * y
    let results = outputs + rows * recorded + Double(N) * Double(configuration.stateSize)
    let pass = try InferencePass<S>(
      configuration, steps: T, batchSize: N, recordsLayers: recordsLayers,
      sequences: WindowSequences(
        batch, window: InferencePass<S>.window(configuration, steps: T, batchSize: N), endsWithLongest: false),
      weights: weights, beside: results * Double(MemoryLayout<S>.stride), execution: execution)
    var output = Tensor<S>(repeating: 0, shape: outputShape(steps: T, batchSize: N))
    var records =
      !recordsLayers
      ? []
      : layout.layers.map { LayerRecord<S>($0, steps: T, batchSize: N) }
    var batch = batch
    batch.continuesState = initialState != nil
    if let initialState { try pass.setState(initialState, batchSize: N) }
    try pass.forward(self, batch, into: &output) { engine, start in
      for k in records.indices {
        records[k].copy(from: engine.directions[k].memory, of: engine.window, at: start)
      }
    }
    return ForwardResult(output: output, finalState: pass.finalState, layers: records)
  }

  /// The outputs' shape: `[T, N, K]`, or `[1, N, K]` for a readout on the last step.
  func outputShape(steps: Int, batchSize: Int) -> [Int] {
    [configuration.readsLastStepOnly ? 1 : steps, batchSize, configuration.outputSize]
  }

  /// A batch of dense input that fits this model.
  func validBatch(_ x: Tensor<S>, lengths: [Int]?) throws(GatewiseError) -> SequenceBatch<S> {
    guard x.shape.count == 3, x.shape[2] == configuration.inputSize else {
      throw .invalidArgument(
        "x has shape \(x.shape), but this model expects [T, N, \(configuration.inputSize)].")
    }
    return try SequenceBatch(inputs: x, lengths: lengths)
  }
}
