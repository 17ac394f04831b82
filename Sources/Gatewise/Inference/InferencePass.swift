/// Forward passes over one batch after another, with memory that is sized once.
///
/// The passes allocate nothing, keep nothing that only a gradient needs, and where all sequences are equally long write
/// the outputs straight into the caller's tensor. Long sequences run in windows of some thousand rows, so that memory
/// does not grow with T; those of a bidirectional model, which reads them from the end, too, in one. Where a single
/// result is wanted, `LSTM.forward` does all of this.
///
///     let pass = try InferencePass<Float>(model.configuration, steps: 64, batchSize: 32)
///     var y = Tensor<Float>(repeating: 0, shape: [64, 32, model.configuration.outputSize])
///     try pass.forward(model, batch, into: &y)
///
/// A pass belongs to one thread at a time.
public final class InferencePass<S: Scalar> {
  private let engine: Engine<S>

  /// Rows of a window: what a layer hands to the next stays in the cache that all cores share.
  private static var rowsPerWindow: Int { 2048 }

  /// Memory for batches of up to `batchSize` sequences, of any number of steps, best used where `steps` is their usual
  /// number; for a bidirectional model, of up to `steps`.
  ///
  /// - Parameters:
  ///   - configuration: that of the models that will run.
  ///   - steps: T of the usual batch.
  ///   - batchSize: N of the largest batch.
  ///   - weights: how the weights are stored.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory, or where weights cannot be
  ///   stored so.
  public convenience init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, weights: WeightStorage = .full,
    execution: Execution? = nil
  ) throws {
    try self.init(
      configuration, steps: steps, batchSize: batchSize, recordsLayers: false, sequences: .any, weights: weights,
      beside: 0, execution: execution)
  }

  /// The same; with `recordsLayers`, every cell and gate of a window is kept for `onWindow`.
  ///
  /// - Parameters:
  ///   - sequences: what is known of those that will run.
  ///   - bytes: what its user will have at the same time: it is checked together with the pass.
  init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, recordsLayers: Bool, sequences: WindowSequences,
    weights: WeightStorage, beside bytes: Double, execution: Execution?
  ) throws {
    guard steps >= 0, batchSize >= 1 else {
      throw GatewiseError.invalidArgument(
        "A pass needs at least 0 steps and 1 sequence, but has \(steps) steps of \(batchSize) sequences."
      )
    }
    let execution = try execution ?? .standard()
    engine = try Engine(
      EngineShape(
        configuration: configuration, steps: Self.window(configuration, steps: steps, batchSize: batchSize),
        batchSize: batchSize, purpose: recordsLayers ? .recording : .inference, sequences: sequences, weights: weights,
        execution: execution), team: execution.team, beside: bytes)
  }

  /// Steps of a window.
  static func window(_ configuration: LSTMConfiguration, steps: Int, batchSize: Int) -> Int {
    max(1, configuration.isBidirectional ? steps : min(steps, Self.rowsPerWindow / max(1, batchSize)))
  }

  /// The state after each sequence's own last step of the last pass.
  public var finalState: LSTMState<S> { engine.state }

  /// The next batch, one that continues, starts from a given state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where it is another model's or another batch's state.
  func setState(_ state: LSTMState<S>, batchSize: Int) throws(GatewiseError) {
    engine.window.batchSize = batchSize
    try engine.setState(state)
  }

  /// The forward pass over a batch: from the model's initial state, or from where the last batch ended where the batch
  /// says that it continues.
  ///
  /// - Parameters:
  ///   - model: what runs.
  ///   - batch: its inputs, `[T, N, I]` or tokens.
  ///   - output: `[T, N, K]`, or `[1, N, K]` for a readout on the last step; overwritten, zero on padding.
  /// - Throws: `GatewiseError` where the batch does not fit the model, the memory or the output.
  public func forward(_ model: LSTM<S>, _ batch: SequenceBatch<S>, into output: inout Tensor<S>) throws {
    try forward(model, batch, into: &output) { _, _ in }
  }

  /// The same, with a call after every window that says at which step it began.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    _ model: LSTM<S>, _ batch: SequenceBatch<S>, into output: inout Tensor<S>,
    onWindow: (Engine<S>, Int) -> Void
  ) throws {
    try engine.requireSameConfiguration(model)
    try model.validate(batch)
    guard batch.batchSize <= engine.shape.batchSize else {
      throw GatewiseError.invalidArgument(
        "The batch has \(batch.batchSize) sequences, but this pass has memory for \(engine.shape.batchSize); "
          + "make it for the largest batch.")
    }
    guard !model.configuration.isBidirectional || batch.steps <= engine.shape.steps else {
      throw GatewiseError.invalidArgument(
        "The batch has \(batch.steps) steps, but this pass of a bidirectional model has memory for "
          + "\(engine.shape.steps); make it for the longest batch.")
    }
    try output.require(shape: model.outputShape(steps: batch.steps, batchSize: batch.batchSize), named: "y")
    try engine.requireContinuation(batch)
    if batch.lengths != nil { output.elements.withMutableView { $0.fill(0) } }
    let K = model.configuration.outputSize
    model.withParameters { parameters in
      batch.inputs.withView { x in
        output.elements.withMutableView { y in
          if !batch.continuesState {
            engine.window.batchSize = batch.batchSize
            engine.resetState(parameters)
          }
          let window = engine.shape.steps
          // A model that reads the last step does so even if there is no step at all.
          for start in stride(from: 0, to: max(batch.steps, 1), by: window) {
            engine.window.load(batch, from: start, steps: min(window, batch.steps - start), borrowing: x)
            let isDirect = model.configuration.readout == nil && engine.window.packing.isUniform
            let first = start * batch.batchSize * K
            engine.setCallerOutput(
              isDirect ? y.matrix(at: first, rows: engine.window.rows, columns: K) : nil)
            engine.forward(parameters)
            if !isDirect { engine.copyOutput(to: y, from: start) }
            onWindow(engine, start)
          }
          engine.endBorrowing()
        }
      }
    }
  }
}
