/// A trainer of a model: batch → gradient → exchange → accumulation → update → report.
///
///     let trainer = try Trainer(model, loss: .meanSquaredError, optimizer: .adam())
///     try trainer.train(on: &source, updates: 1000) { print($0.update, $0.loss) }
///     try trainer.model.write(to: "model.safetensors")
///
/// Batches that continue the previous ones carry the state over, which is truncated backpropagation through windows of
/// T steps. In the steady state a step allocates nothing. A trainer may be used by one thread at a time; its model is a
/// value that may be copied at any time.
public final class Trainer<S: Scalar> {
  /// The model after the last update.
  public private(set) var model: LSTM<S>
  /// The clipping, schedule, parameter groups and optimizer, with their state.
  package private(set) var update: ParameterUpdate<S>
  /// Whether a batch whose loss or gradient is not finite is skipped instead of ending the training.
  package let skipsBadBatches: Bool
  private let execution: Execution
  /// The loss and gradient of a batch.
  private let gradient: BatchGradient<S>
  /// The sums over all processes that train together; nil for a single process.
  private let exchange: GradientExchange<S>?
  /// The accumulated gradient of the next update; nil if every batch makes an update.
  private var accumulator: GradientAccumulator<S>?
  /// The gradient of the last batch or update, `[P]`.
  private var gradients: [S]

  /// Makes a trainer of a model.
  ///
  /// - Parameters:
  ///   - model: the initial model.
  ///   - loss: the loss to minimize.
  ///   - optimizer: the optimizer, with its learning rate.
  ///   - schedule: the schedule of the learning rate.
  ///   - clipping: the clipping of gradients.
  ///   - parameterGroups: parameters with their own learning rate or weight decay, or frozen ones; `model.layout`
  ///     gives their ranges.
  ///   - rule: the gradient rule.
  ///   - skipsBadBatches: whether a batch whose loss or gradient is not finite is skipped: the report has the reason,
  ///     and the next batch continues from the state before it.
  ///   - accumulation: K, the number of batches per update, which uses the gradient of the mean over all their weighted
  ///     rows; a skipped batch is one of the K.
  ///   - processes: the processes that train together from the same model, each on its share of every batch. All of
  ///     them must have the same settings and make every step together. Nil for a single process.
  ///   - seed: the seed of the random masks of `Regularization`.
  ///   - execution: threads and instruction set, by default `Execution.standard()`.
  /// - Throws: `GatewiseError` if a setting is out of bounds or does not match the model.
  public init(
    _ model: LSTM<S>, loss: any Loss, optimizer: any Optimizer, schedule: Schedule = .constant,
    clipping: Clipping? = nil, parameterGroups: [ParameterGroup] = [], rule: GradientRule = .bptt(),
    skipsBadBatches: Bool = false, accumulation: Int = 1, processes: (any ProcessGroup)? = nil, seed: UInt64 = 0,
    execution: Execution? = nil
  ) throws {
    self.model = model
    self.skipsBadBatches = skipsBadBatches
    self.execution = try execution ?? .standard()
    gradient = try BatchGradient(model.configuration, loss: loss, rule: rule, seed: seed, execution: self.execution)
    update = try ParameterUpdate(
      optimizer: optimizer, schedule: schedule, clipping: clipping, groups: parameterGroups,
      parameterCount: model.layout.count)
    gradients = Array(repeating: 0, count: model.layout.count)
    accumulator = try GradientAccumulator(batches: accumulation, parameterCount: model.layout.count)
    exchange = processes.map { GradientExchange(model.layout, group: $0) }
  }

  /// The loss to minimize.
  package var loss: any Loss { gradient.loss }
  /// The gradient rule.
  package var rule: GradientRule { gradient.rule }

  /// The gradient of the last update before clipping, `[P]`; zeros before the first update.
  package var lastGradient: [S] { gradients }

  // MARK: One batch

  /// Makes one update from a batch. With accumulation, only the last of K batches makes the update; `waiting` of a
  /// report is above 0 for the others. A batch with total weight 0 carries the state over without an update.
  ///
  /// - Throws: `GatewiseError` if the batch does not match the model or the loss; `.notFinite` if the loss or the
  ///   gradient is not finite, with the step, layer and gate of the first such value. The model is then unchanged, and
  ///   the next batch must not continue the state. A trainer that skips bad batches reports the problem instead. A
  ///   batch that ends in an error is not one of the K.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ batch: SequenceBatch<S>) throws -> TrainingReport {
    guard skipsBadBatches || exchange != nil else { return try update(by: batch) }
    let before = batch.continuesState ? gradient.carried : nil
    do {
      return try update(by: batch)
    } catch {
      try gradient.goBack(to: before, batch, model)
      guard skipsBadBatches, case GatewiseError.notFinite(let sentence) = error else { throw error }
      return try accumulate(LossSum(), rows: batch.realSteps, problem: sentence)
    }
  }

  private func update(by batch: SequenceBatch<S>) throws -> TrainingReport {
    let whole = try weight(of: batch)
    var sum = try gradient.loss(of: batch, model, weight: whole.weight, number: batchNumber)
    let problem = sum.mean.isFinite ? nil : unusableLoss(sum.mean, gradient.firstNonFinite(batch, model))
    // In a group the other processes wait for this one, so the error is thrown later.
    if exchange == nil, let problem { throw problem }
    guard sum.weight > 0 else { return try accumulate(LossSum(), rows: whole.rows) }
    try computeGradient(batch, weight: sum.weight, hasError: problem == nil)
    if let exchange {
      sum = try exchange.whole(sum)
      guard sum.mean.isFinite else { throw try exchange.firstProblem(problem) ?? unusableLoss(sum.mean) }
    }
    return try accumulate(sum, rows: whole.rows)
  }

  /// Returns the weight of a batch, Σ m w, and its number of steps, summed over the shares of all processes.
  private func weight(of batch: SequenceBatch<S>) throws -> (weight: Double, rows: Int) {
    guard batch.batchSize > 0 || exchange == nil else { return try exchange!.whole(weight: 0, rows: 0) }
    try gradient.check(batch, for: model)
    let weight = LossTargets.totalWeight(of: batch, loss, model.configuration)
    return try exchange?.whole(weight: weight, rows: batch.realSteps) ?? (weight, batch.realSteps)
  }

  /// Computes the gradient of the last loss and, in a group, its sum over all processes.
  ///
  /// - Parameter hasError: whether the error is usable; if not, zeros are sent to the other processes in its place.
  private func computeGradient(_ batch: SequenceBatch<S>, weight: Double, hasError: Bool) throws {
    if let exchange {
      // The sums are in memory of the exchange, which abandons it if they are interrupted.
      return try exchange.sum(into: &gradients) { gradients, onLayer in
        gradient.compute(batch, model, weight: weight, hasError: hasError, into: gradients, onLayer: onLayer)
      }
    }
    gradients.withMutableView { gradient.compute(batch, model, weight: weight, hasError: hasError, into: $0) }
  }

  /// The number of the next batch in the training run, from which its masks are computed.
  private var batchNumber: Int {
    guard let accumulator else { return update.state.step }
    return update.state.step * accumulator.batches + accumulator.taken
  }

  /// Takes the gradient of a batch, and makes the update after the last batch of the update.
  ///
  /// - Parameters:
  ///   - sum: the loss of the batch, with weight 0 if no row has weight or the batch is skipped.
  ///   - rows: the number of steps of its sequences, without padding.
  ///   - problem: the reason why the batch is skipped.
  /// - Throws: `GatewiseError.notFinite` if the batch's gradient is not finite, and the batch is then not accumulated;
  ///   or if the gradient of all batches is not, and they are then discarded. The next batch must not continue the
  ///   state.
  private func accumulate(_ sum: LossSum, rows: Int, problem: String? = nil) throws -> TrainingReport {
    guard accumulator != nil else { return try apply(sum, rows: rows, problem: problem) }
    let number = update.state.step
    if sum.weight > 0 {
      let norm = gradients.withView { update.norm(of: $0, team: execution.team) }
      guard norm.isFinite else {
        gradient.dropState()
        throw unusableGradient(of: "a batch of update \(number + 1)", loss: sum.mean)
      }
    }
    accumulator!.add(sum, rows: rows, gradient: gradients, team: execution.team)
    guard accumulator!.isFull else {
      return TrainingReport(
        update: number, loss: sum.mean, gradientNorm: 0, learningRate: 0, rows: rows, problem: problem,
        waiting: accumulator!.taken)
    }
    let total = (sum: accumulator!.sum, rows: accumulator!.rows)
    defer { accumulator!.reset() }
    if total.sum.weight > 0 { accumulator!.writeMean(to: &gradients, team: execution.team) }
    do {
      return try apply(total.sum, rows: total.rows, problem: problem)
    } catch {
      guard skipsBadBatches else { throw error }
      return TrainingReport(
        update: number, loss: 0, gradientNorm: 0, learningRate: 0, rows: total.rows, problem: "\(error)")
    }
  }

  /// Updates the parameters, unless nothing has weight.
  private func apply(_ sum: LossSum, rows: Int, problem: String?) throws -> TrainingReport {
    guard sum.weight > 0 else {
      return TrainingReport(
        update: update.state.step, loss: 0, gradientNorm: 0, learningRate: 0, rows: rows, problem: problem)
    }
    let report = model.parameters.withMutableView { parameters in
      gradients.withView { update.apply(gradients: $0, to: parameters, team: execution.team) }
    }
    guard report.isApplied else {
      // A trainer that accumulates and skips discards the gradient alone; the next batch may continue the state.
      if accumulator == nil || !skipsBadBatches { gradient.dropState() }
      throw unusableGradient(of: "update \(update.state.step + 1)", loss: sum.mean)
    }
    return TrainingReport(
      update: report.step, loss: sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: rows, problem: problem)
  }

  private func unusableLoss(
    _ mean: Double, _ place: String = "the sum of the losses of all processes overflows."
  ) -> GatewiseError {
    gradient.dropState()
    return .notFinite("The loss of update \(update.state.step + 1) is \(mean): \(place) The model is unchanged.")
  }

  private func unusableGradient(of what: String, loss: Double) -> GatewiseError {
    .notFinite(
      "The gradient of \(what) is not finite, although its loss is \(loss); lower the learning rate or clip the "
        + "gradient. The model is unchanged.")
  }

  // MARK: Many updates

  /// Trains on a source, epoch after epoch.
  ///
  /// - Parameters:
  ///   - source: the source of batches.
  ///   - updates: the number of updates.
  ///   - onUpdate: called after every update, and after every skipped batch.
  /// - Throws: the errors of `step`, of the source and of `onUpdate`, and `CancellationError` if the current task is
  ///   cancelled: training then stops between two updates, and the model is consistent.
  public func train(
    on source: inout some BatchSource<S>, updates: Int, onUpdate: (TrainingReport) throws -> Void = { _ in }
  ) throws {
    guard updates > 0 else { return }
    var batch = source.makeBatch()
    try gradient.prepare(for: batch)
    for _ in 0..<updates {
      try Task.checkCancellation()
      var isWaiting = true
      while isWaiting {
        // The first call may find the source at the end of an epoch; the second then starts the next epoch.
        guard try source.next(into: &batch) || source.next(into: &batch) else {
          throw GatewiseError.invalidArgument("The source has no batches to train on.")
        }
        let report = try step(batch)
        isWaiting = report.waiting > 0
        if !isWaiting || report.problem != nil { try onUpdate(report) }
      }
    }
  }

  // MARK: The state of training

  /// The state of training, from which another trainer with the same settings continues with the same bits. Accumulated
  /// batches are not included; read it between updates.
  public var state: TrainingState<S> {
    TrainingState(model: model, optimizer: update.state, carried: gradient.carried)
  }

  /// Restores the state of a trainer with the same settings.
  ///
  /// - Throws: `GatewiseError` if the state is of a different model or optimizer; nothing has changed then.
  public func restore(_ state: TrainingState<S>) throws {
    guard state.model.configuration == model.configuration else {
      throw GatewiseError.invalidArgument(
        "The saved model must have the configuration of the trained model, but has a different one; resume with the "
          + "settings of its run.")
    }
    var restored = update
    try restored.restore(state.optimizer)
    let pass = try gradient.makePass(carrying: state.carried)
    (model, update) = (state.model, restored)
    gradient.replacePass(by: pass)
    accumulator?.reset()
  }

  // MARK: Evaluation

  /// Evaluates a model on one epoch of a source, or on the rest of its current epoch. The trainer's model and its
  /// carried state do not change.
  ///
  /// - Parameters:
  ///   - model: a model with the configuration of the trainer's model, for example an average of its weights; nil
  ///     evaluates the trainer's model.
  ///   - source: the source of batches.
  /// - Throws: `GatewiseError` if the model has a different configuration, a batch does not match the model or the
  ///   loss, or the source has no batches.
  public func evaluate(_ model: LSTM<S>? = nil, on source: inout some BatchSource<S>) throws -> Evaluation {
    let model = model ?? self.model
    guard model.configuration == self.model.configuration else {
      throw GatewiseError.invalidArgument(
        "The model to evaluate must have the configuration of the trained model, but has a different one.")
    }
    var evaluation = Evaluation()
    var batch = source.makeBatch()
    try gradient.prepareEvaluation(of: batch)
    guard try source.next(into: &batch) || source.next(into: &batch) else {
      throw GatewiseError.invalidArgument("The source has no batches to evaluate on.")
    }
    repeat { try gradient.evaluate(batch, model, addingTo: &evaluation) } while try source.next(into: &batch)
    return evaluation
  }
}

/// The result of one training step. For a batch with total weight 0, loss, norm and rate are 0 and `update` does not
/// change.
///
/// If several batches make one update, the report of the last one covers all of them.
public struct TrainingReport: Sendable, Equatable {
  /// The number of updates so far, including this one.
  public let update: Int
  /// The mean loss before the update, of the batch or of all batches of the update.
  public let loss: Double
  /// The L2 norm of the gradient before clipping.
  public let gradientNorm: Double
  /// The learning rate of the update.
  public let learningRate: Double
  /// The number of steps of the sequences of the batch, or of all batches of the update, without padding.
  public let rows: Int
  /// The reason why the batch was skipped; nil if it was not.
  public let problem: String?
  /// The number of batches accumulated for the next update, including this one; 0 after an update.
  public let waiting: Int

  init(
    update: Int, loss: Double, gradientNorm: Double, learningRate: Double, rows: Int, problem: String? = nil,
    waiting: Int = 0
  ) {
    (self.update, self.loss, self.gradientNorm, self.learningRate) = (update, loss, gradientNorm, learningRate)
    (self.rows, self.problem, self.waiting) = (rows, problem, waiting)
  }
}
