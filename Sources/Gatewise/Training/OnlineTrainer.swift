/// A trainer that updates the model after every step with the truncated gradient, computed forward in time by traces,
/// as in the papers that introduced the LSTM.
///
///     let trainer = try OnlineTrainer(model, loss: .logisticSquaredError, optimizer: .sgd(learningRate: 0.5))
///     var batch = source.makeBatch()    // of one step of one sequence
///     while try source.next(into: &batch) { print(try trainer.step(batch).loss) }
///
/// Streams may be infinite: memory does not depend on the number of steps, and a step allocates nothing. The traces
/// were computed with older weights, so that the update is not an exact gradient; with small learning rates it is close
/// to one. A trainer may be used by one thread at a time.
public final class OnlineTrainer<S: Scalar> {
  /// The model after the last update.
  public private(set) var model: LSTM<S>
  /// The loss to minimize.
  package let loss: any Loss
  /// The clipping, schedule, parameter groups and optimizer, with their state.
  package private(set) var update: ParameterUpdate<S>
  private let online: OnlineGradients<S>
  private var gradients: [S]
  private var y: [S]

  /// Makes a trainer of a model on `batchSize` streams at a time.
  ///
  /// - Parameters:
  ///   - model: the initial model.
  ///   - loss: the loss to minimize.
  ///   - optimizer: the optimizer, with its learning rate.
  ///   - schedule: the schedule of the learning rate.
  ///   - clipping: the clipping of gradients.
  ///   - parameterGroups: parameters with their own learning rate or weight decay, or frozen ones.
  ///   - lowerLayers: the errors that reach the layers below the highest, R1 or R0.
  ///   - peepholePaths: the gates that pass errors to the cell state through their peepholes.
  ///   - batchSize: N, the number of streams.
  ///   - execution: threads and instruction set, by default `Execution.standard()`.
  /// - Throws: `GatewiseError` if a setting is out of bounds or does not match the model.
  public init(
    _ model: LSTM<S>, loss: any Loss, optimizer: any Optimizer, schedule: Schedule = .constant,
    clipping: Clipping? = nil, parameterGroups: [ParameterGroup] = [],
    lowerLayers: LowerLayerPaths = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached,
    batchSize: Int = 1, execution: Execution? = nil
  ) throws {
    try loss.validate(outputSize: model.configuration.outputSize)
    self.model = model
    self.loss = loss
    online = try OnlineGradients(
      model.configuration, batchSize: batchSize,
      rule: TruncatedRTRL(lowerLayers: lowerLayers, peepholePaths: peepholePaths), execution: execution)
    update = try ParameterUpdate(
      optimizer: optimizer, schedule: schedule, clipping: clipping, groups: parameterGroups,
      parameterCount: model.layout.count)
    gradients = Array(repeating: 0, count: model.layout.count)
    y = Array(repeating: 0, count: batchSize * model.configuration.outputSize)
  }

  /// The outputs of the last step, `[N, K]`, before its update.
  public var outputs: [S] { y }

  /// Restarts all streams from the model's initial state.
  public func reset() { online.reset(model) }

  /// Runs one step of all streams and updates the model.
  ///
  /// - Parameters:
  ///   - batch: one step: its input `[1, N, I]` or tokens, its targets, and a mask if some have no weight. A step with
  ///     total weight 0 advances the state without an update.
  ///   - learningRateScale: an additional factor of this update's learning rate, for a rate that restarts with every
  ///     stream.
  /// - Throws: `GatewiseError` if the batch has a different number of steps or sequences, or does not match the model
  ///   or the loss; `.notFinite` if the loss or the gradient is not finite: the model is then unchanged.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ batch: SequenceBatch<S>, learningRateScale: Double = 1) throws -> TrainingReport {
    guard batch.steps == 1, batch.batchSize == online.batchSize, batch.lengths == nil else {
      throw GatewiseError.invalidArgument(
        "The batch must have 1 step of \(online.batchSize) streams without lengths, but has \(batch.steps) steps of "
          + "\(batch.batchSize) sequences.")
    }
    try model.validate(batch)
    try LossTargets.validate(batch, for: loss, model.configuration)
    if batch.tokens.isEmpty {
      try online.step(model, batch.inputs, into: &y)
    } else {
      try online.step(model, tokens: batch.tokens, into: &y)
    }
    let (number, weight) = (update.state.step + 1, LossTargets.totalWeight(of: batch, loss, model.configuration))
    guard weight > 0 else {
      return TrainingReport(update: number - 1, loss: 0, gradientNorm: 0, learningRate: 0, rows: batch.realSteps)
    }
    let mean = online.evaluate(loss, on: batch, weight: weight)
    guard mean.isFinite else { throw notFinite("loss of update \(number) is \(mean)") }
    gradients.withMutableView { $0.fill(0) }
    online.addLossGradient(of: model, into: &gradients)
    let report = model.parameters.withMutableView { parameters in
      gradients.withView {
        update.apply(gradients: $0, to: parameters, team: online.team, learningRateScale: learningRateScale)
      }
    }
    guard report.isApplied else { throw notFinite("gradient of update \(number) is not finite") }
    return TrainingReport(
      update: report.step, loss: mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: batch.realSteps)
  }

  private func notFinite(_ what: String) -> GatewiseError {
    reset()
    return .notFinite("The \(what); lower the learning rate or clip the gradient. The model is unchanged.")
  }
}
