/// Trains a model as the papers that introduced the LSTM did: an update after every step, by the truncated gradient
/// that traces carry forward (see ``OnlineGradients``).
///
///     let trainer = try OnlineTrainer(model, loss: LogisticSquaredError(), optimizer: SGD(learningRate: 0.5))
///     var batch = source.makeBatch()    // of one step of one sequence
///     while try source.next(into: &batch) { print(try trainer.step(batch).loss) }
///
/// Streams may go on without end: memory does not depend on how many steps there were, and a step allocates nothing.
/// The traces are of weights as they were, so what is followed is no gradient of anything; with small steps it is close
/// to one. A trainer belongs to one thread at a time.
public final class OnlineTrainer<S: Scalar> {
  /// The model as it stands after the last update.
  public private(set) var model: LSTM<S>
  /// What is minimized.
  public let loss: any Loss
  /// Clipping, schedule, parameter groups, optimizer and what they remember.
  public private(set) var update: ParameterUpdate<S>
  private let online: OnlineGradients<S>
  private var gradients: [S]
  private var y: [S]

  /// A trainer of a model on `batchSize` streams at a time.
  ///
  /// - Parameters:
  ///   - model: where training starts from.
  ///   - loss: what is minimized.
  ///   - optimizer: the rule of the update, with its learning rate.
  ///   - schedule: how the learning rate changes over the updates.
  ///   - clipping: how gradients are bounded.
  ///   - groups: parameters with a learning rate or weight decay of their own, or frozen.
  ///   - rule: what errors reach.
  ///   - batchSize: N.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a setting is out of bounds or does not fit the model.
  public init(
    _ model: LSTM<S>, loss: any Loss, optimizer: any Optimizer, schedule: Schedule = .constant,
    clipping: Clipping? = nil, groups: [ParameterGroup] = [], rule: TruncatedRTRL = TruncatedRTRL(),
    batchSize: Int = 1, execution: Execution? = nil
  ) throws {
    try loss.validate(outputSize: model.configuration.outputSize)
    self.model = model
    self.loss = loss
    online = try OnlineGradients(model.configuration, batchSize: batchSize, rule: rule, execution: execution)
    update = try ParameterUpdate(
      optimizer: optimizer, schedule: schedule, clipping: clipping, groups: groups, parameterCount: model.layout.count)
    gradients = Array(repeating: 0, count: model.layout.count)
    y = Array(repeating: 0, count: batchSize * model.configuration.outputSize)
  }

  /// The outputs of the last step, `[N, K]`, before its update.
  public var outputs: [S] { y }

  /// All streams start anew from the model's own initial state.
  public func reset() { online.reset(model) }

  /// One step of all streams, and an update.
  ///
  /// - Parameters:
  ///   - batch: one step: its input `[1, N, I]` or tokens, its targets, and a mask where some do not count. A step in
  ///     which none counts carries the state on and makes no update.
  ///   - learningRateScale: a factor of this update's learning rate, for one that starts anew with every stream.
  /// - Throws: `GatewiseError` where the batch has another number of steps or sequences, or does not fit the model or
  ///   the loss; and `.notFinite` where the loss or the gradient is not a number: the model is then as it was.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ batch: SequenceBatch<S>, learningRateScale: Double = 1) throws -> TrainingReport {
    guard batch.steps == 1, batch.batchSize == online.batchSize, batch.lengths == nil else {
      throw GatewiseError.invalidArgument(
        "A batch of \(batch.steps) steps of \(batch.batchSize) sequences is no step of \(online.batchSize) streams; give "
          + "one step of each.")
    }
    try model.validate(batch)
    try batch.validate(for: loss, configuration: model.configuration)
    if batch.tokens.isEmpty {
      try online.step(model, batch.inputs, into: &y)
    } else {
      try online.step(model, tokens: batch.tokens, into: &y)
    }
    let (number, weight) = (update.state.step + 1, batch.lossWeight(loss, configuration: model.configuration))
    guard weight > 0 else {
      return TrainingReport(step: number - 1, loss: 0, gradientNorm: 0, learningRate: 0, rows: batch.realSteps)
    }
    let mean = online.evaluate(loss, on: batch, weight: weight)
    guard mean.isFinite else { throw notFinite("loss of update \(number) is \(mean)") }
    gradients.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    online.addLossGradient(of: model, into: &gradients)
    let report = model.parameters.withUnsafeMutableBufferPointer { parameters in
      gradients.withUnsafeBufferPointer {
        update.apply(gradients: $0, to: parameters, team: online.team, learningRateScale: learningRateScale)
      }
    }
    guard report.isApplied else { throw notFinite("gradient of update \(number) is not finite") }
    return TrainingReport(
      step: report.step, loss: mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: batch.realSteps)
  }

  private func notFinite(_ what: String) -> GatewiseError {
    reset()
    return .notFinite("The \(what); lower the learning rate or clip the gradient. The model is kept as it was.")
  }
}
