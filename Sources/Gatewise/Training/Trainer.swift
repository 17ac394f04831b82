/// A trainer of a model: batch → forward → loss → gradient → clip → update → report.
///
///     let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: Adam())
///     try trainer.train(on: &source, steps: 1000) { print($0.step, $0.loss) }
///     try trainer.model.write(to: "model.safetensors")
///
/// Batches that continue the previous ones carry the state over, which is truncated backpropagation through windows of
/// T steps. In the steady state a step allocates nothing. A trainer may be used by one thread at a time; its model is a
/// value that may be copied at any time.
public final class Trainer<S: Scalar> {
  /// The model after the last update.
  public internal(set) var model: LSTM<S>
  /// The loss to minimize.
  public let loss: any Loss
  /// The gradient rule.
  public let rule: any GradientRule
  /// The clipping, schedule, parameter groups and optimizer, with their state.
  public internal(set) var update: ParameterUpdate<S>
  /// Whether a batch whose loss or gradient is not finite is skipped instead of ending the training.
  public let skipsBadBatches: Bool
  private let seed: UInt64
  let execution: Execution
  var pass: WindowPass<S>?
  private var evaluation: WindowPass<S>?
  var gradients: [S]
  /// The accumulated gradient of the next update; nil if every batch makes an update.
  var accumulator: GradientAccumulator<S>?
  /// The group of processes that train together; nil for a single process.
  let group: (any ProcessGroup)?
  private let exchange: GradientExchange<S>?

  /// Makes a trainer of a model.
  ///
  /// - Parameters:
  ///   - model: the initial model.
  ///   - loss: the loss to minimize.
  ///   - optimizer: the optimizer, with its learning rate.
  ///   - schedule: the schedule of the learning rate.
  ///   - clipping: the clipping of gradients.
  ///   - groups: parameters with their own learning rate or weight decay, or frozen ones; `model.layout` gives their
  ///     ranges.
  ///   - rule: the gradient rule.
  ///   - skipsBadBatches: whether a batch whose loss or gradient is not finite is skipped: the report has the reason,
  ///     and the next batch continues from the state before it.
  ///   - accumulation: K, the number of batches per update, which uses the gradient of the mean over all their weighted
  ///     rows; a skipped batch is one of the K.
  ///   - group: the processes that train together from the same model, each on its share of every batch. All of them
  ///     must have the same settings and make every step together. Nil for a single process.
  ///   - seed: the seed of dropout and zoneout.
  ///   - execution: threads and instruction set, by default `Execution.standard()`.
  /// - Throws: `GatewiseError` if a setting is out of bounds or does not match the model.
  public init(
    _ model: LSTM<S>, loss: any Loss, optimizer: any Optimizer, schedule: Schedule = .constant,
    clipping: Clipping? = nil, groups: [ParameterGroup] = [], rule: any GradientRule = BPTT(),
    skipsBadBatches: Bool = false, accumulation: Int = 1, group: (any ProcessGroup)? = nil, seed: UInt64 = 0,
    execution: Execution? = nil
  ) throws {
    try loss.validate(outputSize: model.configuration.outputSize)
    try rule.validate()
    self.model = model
    self.loss = loss
    self.rule = rule
    self.skipsBadBatches = skipsBadBatches
    self.seed = seed
    self.execution = try execution ?? .standard()
    update = try ParameterUpdate(
      optimizer: optimizer, schedule: schedule, clipping: clipping, groups: groups,
      parameterCount: model.layout.count)
    gradients = Array(repeating: 0, count: model.layout.count)
    accumulator = try GradientAccumulator(batches: accumulation, parameterCount: model.layout.count)
    self.group = group
    exchange = group.map { GradientExchange(model.layout, group: $0) }
  }

  /// The gradient of the last update before clipping, `[P]`; zeros before the first update.
  package var lastGradient: [S] { gradients }

  /// The state of training, from which another trainer with the same settings continues with the same bits. Accumulated
  /// batches are not included; read it between updates.
  public var state: TrainingState<S> {
    let carries = pass?.engine.holdsState == true && !model.configuration.isBidirectional
    return TrainingState(model: model, optimizer: update.state, carried: carries ? pass?.engine.state : nil)
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
    var carrying: WindowPass<S>?
    if let carried = state.carried {
      // This pass has one step; the first batch makes a pass of its own size, to which the state is copied.
      carrying = try WindowPass(
        model.configuration, steps: 1, batchSize: carried.batchSize,
        sequences: WindowSequences(areUneven: false, isDense: false, rows: nil), rule: rule, execution: execution)
      try carrying?.engine.setState(carried)
    }
    (model, update, pass) = (state.model, restored, carrying)
    accumulator?.reset()
  }

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
    guard skipsBadBatches || group != nil else { return try update(by: batch) }
    let before = batch.continuesState ? state.carried : nil
    do {
      return try update(by: batch)
    } catch {
      try goBack(to: before, batch)
      guard skipsBadBatches, case GatewiseError.notFinite(let sentence) = error else { throw error }
      if accumulator != nil { return try accumulate(LossSum(), rows: batch.realSteps, problem: sentence) }
      return TrainingReport(
        step: update.state.step, loss: 0, gradientNorm: 0, learningRate: 0, rows: batch.realSteps, problem: sentence)
    }
  }

  /// Restores the state before a batch; nil stands for the model's initial state.
  private func goBack(to state: LSTMState<S>?, _ batch: SequenceBatch<S>) throws {
    guard batch.batchSize > 0 else { return }
    let engine = try pass(for: batch).engine
    engine.window.batchSize = batch.batchSize
    if let state { return try engine.setState(state) }
    model.withParameters { engine.resetState($0) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func update(by batch: SequenceBatch<S>) throws -> TrainingReport {
    let whole = try whole(batch)
    var sum = try lossAndError(of: batch, weight: whole.weight)
    let problem = sum.mean.isFinite ? nil : unusableLoss(sum.mean, batch)
    // In a group the other processes wait for this one, so the error is thrown later.
    if group == nil, let problem { throw problem }
    guard sum.weight > 0 else {
      if accumulator != nil { return try accumulate(LossSum(), rows: whole.rows) }
      return TrainingReport(
        step: update.state.step, loss: 0, gradientNorm: 0, learningRate: 0, rows: whole.rows)
    }
    try sendBack(batch, weight: sum.weight, hasError: problem == nil)
    if let group {
      sum = try sum.whole(in: group)
      guard sum.mean.isFinite else { throw try shared(problem, in: group) ?? unusableLoss(sum.mean) }
    }
    if accumulator != nil { return try accumulate(sum, rows: whole.rows) }
    let report = model.parameters.withUnsafeMutableBufferPointer { parameters in
      gradients.withUnsafeBufferPointer { update.apply(gradients: $0, to: parameters, team: execution.team) }
    }
    guard report.isApplied else {
      pass?.engine.holdsState = false
      throw unusableGradient(of: "update \(update.state.step + 1)", loss: sum.mean)
    }
    return TrainingReport(
      step: report.step, loss: sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: whole.rows)
  }

  /// Computes the loss of a batch and the error from which the backward pass starts; neither for a share without
  /// sequences.
  private func lossAndError(of batch: SequenceBatch<S>, weight: Double) throws -> LossSum {
    guard batch.batchSize > 0 else {
      var none = LossSum()
      none.weight = weight
      return none
    }
    let pass = try pass(for: batch)
    pass.engine.window.maskSeed =
      model.configuration.regularization == .none ? nil : DropMask.seed(seed, update: batchNumber)
    return try forward(batch, in: pass, weight: weight, wantsError: true)
  }

  /// Computes the gradient of the last forward pass and, in a group, its sum over all processes.
  ///
  /// - Parameter hasError: whether the error is usable; if not, zeros are sent to the other processes in its place.
  private func sendBack(_ batch: SequenceBatch<S>, weight: Double, hasError: Bool) throws {
    guard let exchange else {
      return gradients.withUnsafeMutableBufferPointer { gradients in
        guard let base = gradients.baseAddress else { return }
        sendBack(batch, weight: weight, hasError: hasError, into: base)
      }
    }
    // The sums are in memory of the exchange, which abandons it if they are interrupted.
    let base = exchange.begin()
    let engine = pass?.engine
    let overlaps = group?.overlaps == true && pass?.isInParts == false
    engine?.onLayerGradients = overlaps ? { exchange.send(downTo: $0) } : nil
    defer { engine?.onLayerGradients = nil }
    sendBack(batch, weight: weight, hasError: hasError, into: base)
    exchange.sendRest()
    try group?.finishSums()
    exchange.finish(into: &gradients)
  }

  /// Computes the gradient of the last forward pass, `[P]`; zeros if there is none.
  private func sendBack(
    _ batch: SequenceBatch<S>, weight: Double, hasError: Bool, into gradients: UnsafeMutablePointer<S>
  ) {
    guard batch.batchSize > 0, hasError, let pass else {
      return gradients.update(repeating: 0, count: model.layout.count)
    }
    let engine = pass.engine
    engine.clearStateError()
    model.withParameters { parameters in
      pass.backward(batch, parameters, gradients: gradients) { segment in
        // The last segment's error was computed with its loss.
        guard !segment.isLast else { return }
        engine.evaluate(loss, on: batch, from: segment.start, weight: weight, wantsError: true)
      }
    }
  }

  private func unusableLoss(_ mean: Double, _ batch: SequenceBatch<S>) -> GatewiseError {
    pass!.engine.holdsState = false
    let place = model.withParameters { pass!.firstNonFinite(batch, $0) }
    return unusableLoss(mean, place)
  }

  private func unusableLoss(_ mean: Double, _ place: String = "the sum of the losses of all processes overflows.")
    -> GatewiseError
  {
    .notFinite("The loss of update \(update.state.step + 1) is \(mean): \(place) The model is unchanged.")
  }

  /// Trains on a source, epoch after epoch.
  ///
  /// - Parameters:
  ///   - source: the source of batches.
  ///   - steps: the number of updates.
  ///   - onStep: called after every update, and after every skipped batch.
  /// - Throws: the errors of `step`, of the source and of `onStep`, and `CancellationError` if the current task is
  ///   cancelled: training then stops between two updates, and the model is consistent.
  public func train(
    on source: inout some BatchSource<S>, steps: Int, onStep: (TrainingReport) throws -> Void = { _ in }
  ) throws {
    guard steps > 0 else { return }
    var batch = source.makeBatch()
    _ = try pass(for: batch)
    for _ in 0..<steps {
      try Task.checkCancellation()
      var isWaiting = true
      while isWaiting {
        // The first call may find the source at the end of an epoch; the second then starts the next epoch.
        guard try source.next(into: &batch) || source.next(into: &batch) else {
          throw GatewiseError.invalidArgument("The source has no batches to train on.")
        }
        let report = try step(batch)
        isWaiting = report.waiting > 0
        if !isWaiting || report.problem != nil { try onStep(report) }
      }
    }
  }

  /// Returns the loss over one epoch of a source, or over the rest of its current epoch. The model and the carried
  /// state do not change.
  ///
  /// - Throws: `GatewiseError` if a batch does not match the model or the loss, or the source has no batches.
  public func evaluate(on source: inout some BatchSource<S>) throws -> LossSum {
    var total = LossSum()
    try forEachBatch(of: &source) { batch, pass in
      let sum = try forward(batch, in: pass, wantsError: false)
      total.weightedLoss += sum.weightedLoss
      total.weight += sum.weight
    }
    return total
  }

  /// Calls `body` with every batch of an epoch of a source, or of the rest of it, and a pass to evaluate it.
  func forEachBatch(
    of source: inout some BatchSource<S>, _ body: (SequenceBatch<S>, WindowPass<S>) throws -> Void
  ) throws {
    var batch = source.makeBatch()
    _ = try evaluationPass(for: batch)
    guard try source.next(into: &batch) || source.next(into: &batch) else {
      throw GatewiseError.invalidArgument("The source has no batches to evaluate on.")
    }
    repeat { try body(batch, evaluationPass(for: batch)) } while try source.next(into: &batch)
  }

  private func pass(for batch: SequenceBatch<S>) throws -> WindowPass<S> {
    let fitting = try WindowPass.fitting(batch, model.configuration, .training, rule, execution, reusing: pass)
    pass = fitting
    return fitting
  }

  private func evaluationPass(for batch: SequenceBatch<S>) throws -> WindowPass<S> {
    let fitting = try WindowPass.fitting(batch, model.configuration, .evaluation, rule, execution, reusing: evaluation)
    evaluation = fitting
    return fitting
  }

  /// Computes the loss of a batch and, if `wantsError`, the error of the outputs of its last segment, which is the one
  /// in memory at the end of the pass.
  ///
  /// - Parameters:
  ///   - weight: the weight of the batch, or of the whole batch that it is a share of, if the batch has been checked;
  ///     nil checks the batch and computes its weight.
  ///   - measure: called while the outputs of a segment and their losses are in memory.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    _ batch: SequenceBatch<S>, in pass: WindowPass<S>, weight: Double? = nil, wantsError: Bool,
    measure: (Segment) -> Void = { _ in }
  ) throws -> LossSum {
    if weight == nil { try check(batch) }
    if batch.continuesState { try model.configuration.requireOneDirection(for: "Training on windows that continue") }
    try pass.engine.requireContinuation(batch)
    var sum = LossSum()
    sum.weight = weight ?? batch.lossWeight(loss, configuration: model.configuration)
    model.withParameters { parameters in
      pass.forward(batch, parameters) { segment in
        pass.engine.evaluate(
          loss, on: batch, from: segment.start, weight: sum.weight, wantsError: wantsError && segment.isLast)
        pass.engine.losses.add(to: &sum.weightedLoss)
        measure(segment)
      }
    }
    return sum
  }
}
