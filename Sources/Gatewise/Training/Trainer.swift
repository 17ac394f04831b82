/// Trains a model: batch → forward → loss → gradient → clip → update → report.
///
///     let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: Adam())
///     try trainer.train(on: &source, steps: 1000) { print($0.step, $0.loss) }
///     try trainer.model.write(to: "model.safetensors")
///
/// Batches that continue the ones before carry the state on: truncated backpropagation through windows of T steps. The
/// steady state of a step allocates nothing. A trainer belongs to one thread at a time; its model is a value that may
/// be copied out at any moment.
public final class Trainer<S: Scalar> {
  /// The model as it stands after the last update.
  public internal(set) var model: LSTM<S>
  /// What is minimized.
  public let loss: any Loss
  /// How gradients are computed.
  public let rule: any GradientRule
  /// Clipping, schedule, parameter groups, optimizer and what they remember.
  public internal(set) var update: ParameterUpdate<S>
  /// Whether a batch whose loss or gradient is not a number is passed over instead of ending the training.
  public let skipsBadBatches: Bool
  private let seed: UInt64
  let execution: Execution
  var pass: WindowPass<S>?
  private var evaluation: WindowPass<S>?
  var gradients: [S]
  /// Where several batches make one update: what is gathered of the next one.
  var accumulator: GradientAccumulator<S>?
  /// The processes that train together; nil for this one alone.
  let group: (any ProcessGroup)?
  private let exchange: GradientExchange<S>?

  /// A trainer of a model.
  ///
  /// - Parameters:
  ///   - model: where training starts from.
  ///   - loss: what is minimized.
  ///   - optimizer: the rule of the update, with its learning rate.
  ///   - schedule: how the learning rate changes over the updates.
  ///   - clipping: how gradients are bounded.
  ///   - groups: parameters with a learning rate or weight decay of their own, or frozen; ranges come from
  ///     `model.layout`.
  ///   - rule: how gradients are computed.
  ///   - skipsBadBatches: whether a batch whose loss or gradient is not a number is passed over: the report says why,
  ///     and the next batch goes on from the state before it.
  ///   - accumulation: K, how many batches make one update, by the gradient of the mean over all that counts in them; a
  ///     batch that is passed over is one of them.
  ///   - group: processes that train together, each on its share of every batch, from the same model. All of them have
  ///     to be made with the same settings and take a step together. Nil for this one alone.
  ///   - seed: of what is left out at random.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a setting is out of bounds or does not fit the model.
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

  /// The gradient of the last update before it was clipped, one number for every parameter; zeros before the first.
  package var lastGradient: [S] { gradients }

  /// Where training stands: with what the trainer was made with, all that another one needs to go on with the same
  /// bits. Batches that wait for an update are not in it; ask between updates.
  public var state: TrainingState<S> {
    let carries = pass?.workspace.holdsState == true && !model.configuration.isBidirectional
    return TrainingState(model: model, optimizer: update.state, carried: carries ? pass?.workspace.state : nil)
  }

  /// Goes on from where another trainer stood that was made with the same settings.
  ///
  /// - Throws: `GatewiseError` where the state is another model's or another optimizer's; nothing has changed then.
  public func restore(_ state: TrainingState<S>) throws {
    guard state.model.configuration == model.configuration else {
      throw GatewiseError.invalidArgument(
        "The saved model has another configuration than the one that is trained; go on with the settings of its run.")
    }
    var restored = update
    try restored.restore(state.optimizer)
    var carrying: WindowPass<S>?
    if let carried = state.carried {
      // Of one step; the first batch brings memory of its own size, to which the state is carried over.
      carrying = try WindowPass(
        model.configuration, steps: 1, batchSize: carried.batchSize,
        sequences: WindowSequences(areUneven: false, isDense: false, rows: nil), rule: rule, execution: execution)
      try carrying?.workspace.setState(carried)
    }
    (model, update, pass) = (state.model, restored, carrying)
    accumulator?.reset()
  }

  /// One update from one batch, or from as many as are accumulated: the others wait, as their reports say. A batch in
  /// which no step counts carries the state on and makes no update.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or the loss, and `.notFinite` where the loss or
  ///   the gradient is not a number, saying at which step, in which layer and gate that began; the model is then as it
  ///   was, and the next batch has to start anew. A trainer that skips bad batches reports it instead. A batch that
  ///   ends in an error is none of those that make an update.
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

  /// The state is that before a batch again; nil for the model's own.
  private func goBack(to state: LSTMState<S>?, _ batch: SequenceBatch<S>) throws {
    guard batch.batchSize > 0 else { return }
    let workspace = try pass(for: batch).workspace
    workspace.batchSize = batch.batchSize
    if let state { return try workspace.setState(state) }
    model.parameters.withUnsafeBufferPointer { workspace.resetState(parameters: $0.baseAddress!) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func update(by batch: SequenceBatch<S>) throws -> TrainingReport {
    let whole = try whole(batch)
    var sum = try lossAndError(of: batch, weight: whole.weight)
    let problem = sum.mean.isFinite ? nil : unusableLoss(sum.mean, batch)
    // Other processes wait for this one.
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
      pass?.workspace.holdsState = false
      throw unusableGradient(of: "update \(update.state.step + 1)", loss: sum.mean)
    }
    return TrainingReport(
      step: report.step, loss: sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: whole.rows)
  }

  /// The loss of a batch, and what the backward pass begins with; nothing where the batch is a share without sequences.
  private func lossAndError(of batch: SequenceBatch<S>, weight: Double) throws -> LossSum {
    guard batch.batchSize > 0 else {
      var none = LossSum()
      none.weight = weight
      return none
    }
    let pass = try pass(for: batch)
    pass.workspace.maskSeed =
      model.configuration.regularization == .none ? nil : DropMask.seed(seed, update: batchNumber)
    return try forward(batch, in: pass, weight: weight, wantsError: true)
  }

  /// The gradient of the last forward pass, and its way to the sum over all processes where there are more.
  ///
  /// - Parameter hasError: false where it cannot be used; others may still have to be sent something in its place.
  private func sendBack(_ batch: SequenceBatch<S>, weight: Double, hasError: Bool) throws {
    guard let exchange else {
      return gradients.withUnsafeMutableBufferPointer { gradients in
        guard let base = gradients.baseAddress else { return }
        sendBack(batch, weight: weight, hasError: hasError, into: base)
      }
    }
    // Sums get memory of the exchange, to which it is left where they are broken off.
    let base = exchange.begin()
    let workspace = pass?.workspace
    let overlaps = group?.overlaps == true && pass?.isInParts == false
    workspace?.onLayerGradients = overlaps ? { exchange.send(downTo: $0) } : nil
    defer { workspace?.onLayerGradients = nil }
    sendBack(batch, weight: weight, hasError: hasError, into: base)
    exchange.sendRest()
    try group?.finishSums()
    exchange.finish(into: &gradients)
  }

  /// The gradient of the last forward pass, `[P]`; zeros where there is none.
  private func sendBack(
    _ batch: SequenceBatch<S>, weight: Double, hasError: Bool, into gradients: UnsafeMutablePointer<S>
  ) {
    guard batch.batchSize > 0, hasError, let pass else {
      return gradients.update(repeating: 0, count: model.layout.count)
    }
    let workspace = pass.workspace
    workspace.clearStateError()
    model.parameters.withUnsafeBufferPointer { parameters in
      pass.backward(batch, parameters: parameters.baseAddress!, version: model.version, gradients: gradients) {
        segment in
        // The last segment's error was made with its loss.
        guard !segment.isLast else { return }
        workspace.evaluate(loss, on: batch, from: segment.start, weight: weight, wantsError: true)
      }
    }
  }

  private func unusableLoss(_ mean: Double, _ batch: SequenceBatch<S>) -> GatewiseError {
    pass!.workspace.holdsState = false
    let place = model.parameters.withUnsafeBufferPointer {
      pass!.firstNonFinite(batch, parameters: $0.baseAddress!, version: model.version)
    }
    return unusableLoss(mean, place)
  }

  private func unusableLoss(_ mean: Double, _ place: String = "the losses of all processes together are too large.")
    -> GatewiseError
  {
    .notFinite("The loss of update \(update.state.step + 1) is \(mean): \(place) The model is kept as it was.")
  }

  /// Updates from a source, epoch after epoch.
  ///
  /// - Parameters:
  ///   - source: where batches come from.
  ///   - steps: how many updates to make.
  ///   - onStep: called after every update, and after every batch that was passed over.
  /// - Throws: what `step` and the source throw, and `CancellationError` where the current task has been cancelled:
  ///   training stops between two steps and the model is whole.
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
        // The first call may find the source at the end of an epoch, which the second begins anew.
        guard try source.next(into: &batch) || source.next(into: &batch) else {
          throw GatewiseError.invalidArgument("The source has no batches to train on.")
        }
        let report = try step(batch)
        isWaiting = report.waiting > 0
        if !isWaiting || report.problem != nil { try onStep(report) }
      }
    }
  }

  /// The mean loss over one epoch of a source, or over what is left of the epoch that it stands in. The model and the
  /// state that training carries stay as they are.
  ///
  /// - Throws: `GatewiseError` where a batch does not fit the model or the loss, or the source has none.
  public func evaluate(on source: inout some BatchSource<S>) throws -> LossSum {
    var total = LossSum()
    try forEachBatch(of: &source) { batch, pass in
      let sum = try forward(batch, in: pass, wantsError: false)
      total.weightedLoss += sum.weightedLoss
      total.weight += sum.weight
    }
    return total
  }

  /// Calls `body` with every batch of an epoch of a source, or of what is left of it, and memory to evaluate it in.
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

  /// The loss of a batch and, where it is wanted, the error of the outputs of its last segment: what stands in memory
  /// when the pass has ended.
  ///
  /// - Parameters:
  ///   - weight: what counts in the batch, or in more than that, of a batch that has been checked; nil checks and
  ///     counts.
  ///   - measure: called when the outputs of a segment and their losses stand in memory.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    _ batch: SequenceBatch<S>, in pass: WindowPass<S>, weight: Double? = nil, wantsError: Bool,
    measure: (Segment) -> Void = { _ in }
  ) throws -> LossSum {
    if weight == nil { try check(batch) }
    if batch.continuesState { try model.configuration.requireOneDirection(for: "Training on windows that continue") }
    try pass.workspace.requireContinuation(batch)
    var sum = LossSum()
    sum.weight = weight ?? batch.lossWeight(loss, configuration: model.configuration)
    model.parameters.withUnsafeBufferPointer { parameters in
      pass.forward(batch, parameters: parameters.baseAddress!, version: model.version) { segment in
        pass.workspace.evaluate(
          loss, on: batch, from: segment.start, weight: sum.weight, wantsError: wantsError && segment.isLast)
        pass.workspace.addLosses(to: &sum.weightedLoss)
        measure(segment)
      }
    }
    return sum
  }
}
