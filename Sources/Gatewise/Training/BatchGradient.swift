/// The first stage of a training step: the loss of a batch and its gradient, with the state that batches carry over.
final class BatchGradient<S: Scalar> {
  let loss: any Loss
  let rule: GradientRule
  private let configuration: LSTMConfiguration
  private let execution: Execution
  /// The seed of the random masks.
  private let seed: UInt64
  private var pass: WindowPass<S>?
  private var evaluation: WindowPass<S>?

  init(
    _ configuration: LSTMConfiguration, loss: any Loss, rule: GradientRule, seed: UInt64, execution: Execution
  ) throws {
    try loss.validate(outputSize: configuration.outputSize)
    try rule.validate()
    (self.configuration, self.loss, self.rule) = (configuration, loss, rule)
    (self.seed, self.execution) = (seed, execution)
  }

  /// Checks that a batch matches the model and the loss, before its numbers are read.
  func check(_ batch: SequenceBatch<S>, for model: LSTM<S>) throws {
    try model.validate(batch)
    try LossTargets.validate(batch, for: loss, configuration)
  }

  // MARK: Loss and gradient

  /// Computes the loss of a batch and the error from which its backward pass starts; neither for a share without
  /// sequences.
  ///
  /// - Parameters:
  ///   - weight: Σ m w of the batch, or of the whole batch that it is a share of.
  ///   - number: the number of the batch in the run, from which its masks are computed.
  func loss(of batch: SequenceBatch<S>, _ model: LSTM<S>, weight: Double, number: Int) throws -> LossSum {
    guard batch.batchSize > 0 else {
      var none = LossSum()
      none.weight = weight
      return none
    }
    let pass = try pass(for: batch)
    pass.engine.window.maskSeed = configuration.regularization == .none ? nil : DropMask.seed(seed, update: number)
    var none: OutputMeasures?
    return try forward(batch, model, in: pass, weight: weight, wantsError: true, measures: &none)
  }

  /// Computes the gradient of the last loss, `[P]`; zeros if there is none.
  ///
  /// - Parameters:
  ///   - hasError: whether the error is usable.
  ///   - onLayer: called with each layer whose gradients are complete; nil if nobody waits for them. Not called if the
  ///     rule cuts the window.
  func compute(
    _ batch: SequenceBatch<S>, _ model: LSTM<S>, weight: Double, hasError: Bool,
    into gradients: VectorView<S>, onLayer: ((Int) -> Void)? = nil
  ) {
    guard batch.batchSize > 0, hasError, let pass else {
      return gradients.fill(0)
    }
    let engine = pass.engine
    engine.onLayerGradients = pass.isInParts ? nil : onLayer
    defer { engine.onLayerGradients = nil }
    engine.clearStateError()
    model.withParameters { parameters in
      pass.backward(batch, parameters, gradients: gradients) { segment in
        // The last segment's error was computed with its loss.
        guard !segment.isLast else { return }
        engine.evaluate(loss, on: batch, from: segment.start, weight: weight, wantsError: true)
      }
    }
  }

  /// Adds the loss and the measures of a batch to an evaluation without changing the carried state.
  func evaluate(_ batch: SequenceBatch<S>, _ model: LSTM<S>, addingTo result: inout Evaluation) throws {
    try prepareEvaluation(of: batch)
    var measures = Optional(result.measures)
    let sum = try forward(batch, model, in: evaluation!, wantsError: false, measures: &measures)
    result.loss.weightedLoss += sum.weightedLoss
    result.loss.weight += sum.weight
    result.measures = measures!
  }

  /// Returns a sentence with the position of the first NaN or infinity of the last loss.
  func firstNonFinite(_ batch: SequenceBatch<S>, _ model: LSTM<S>) -> String {
    model.withParameters { pass!.firstNonFinite(batch, $0) }
  }

  /// Computes the loss of a batch and, if `wantsError`, the error of the outputs of its last segment, which is the one
  /// in memory at the end of the pass.
  ///
  /// - Parameters:
  ///   - weight: the weight of the batch if the batch has been checked; nil checks the batch and computes its weight.
  ///   - measures: the measures to which those of the outputs are added; nil measures nothing.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private func forward(
    _ batch: SequenceBatch<S>, _ model: LSTM<S>, in pass: WindowPass<S>, weight: Double? = nil, wantsError: Bool,
    measures: inout OutputMeasures?
  ) throws -> LossSum {
    if weight == nil { try check(batch, for: model) }
    if batch.continuesState { try configuration.requireOneDirection(for: "Training on windows that continue") }
    let engine = pass.engine
    try engine.requireContinuation(batch)
    var sum = LossSum()
    sum.weight = weight ?? LossTargets.totalWeight(of: batch, loss, configuration)
    model.withParameters { parameters in
      pass.forward(batch, parameters) { segment in
        engine.evaluate(
          loss, on: batch, from: segment.start, weight: sum.weight, wantsError: wantsError && segment.isLast)
        engine.losses.add(to: &sum.weightedLoss)
        if measures != nil {
          engine.losses.addMeasures(loss, on: batch, outputs: engine.output, to: &measures!)
        }
      }
    }
    return sum
  }

  // MARK: The carried state

  /// The state at the end of the last batch; nil if the next batch cannot continue it.
  var carried: LSTMState<S>? {
    guard let engine = pass?.engine, engine.holdsState, !configuration.isBidirectional else { return nil }
    return engine.state
  }

  /// Makes a pass that carries a state; the first batch makes one of its own size, to which the state is copied.
  func makePass(carrying state: LSTMState<S>?) throws -> WindowPass<S>? {
    guard let state else { return nil }
    let pass = try WindowPass<S>(
      configuration, steps: 1, batchSize: state.batchSize,
      sequences: WindowSequences(areUneven: false, isDense: false, rows: nil), rule: rule, execution: execution)
    try pass.engine.setState(state)
    return pass
  }

  /// Continues with another pass, and its state.
  func replacePass(by pass: WindowPass<S>?) { self.pass = pass }

  /// Restores the state before a batch; nil stands for the model's initial state.
  func goBack(to state: LSTMState<S>?, _ batch: SequenceBatch<S>, _ model: LSTM<S>) throws {
    guard batch.batchSize > 0 else { return }
    let engine = try pass(for: batch).engine
    engine.window.batchSize = batch.batchSize
    if let state { return try engine.setState(state) }
    model.withParameters { engine.resetState($0) }
  }

  /// Discards the carried state: the next batch must start anew.
  func dropState() { pass?.engine.holdsState = false }

  /// Allocates the memory for batches like this one.
  func prepare(for batch: SequenceBatch<S>) throws { _ = try pass(for: batch) }

  /// Allocates the memory for the evaluation of batches like this one.
  func prepareEvaluation(of batch: SequenceBatch<S>) throws {
    evaluation = try WindowPass.fitting(batch, configuration, .evaluation, rule, execution, reusing: evaluation)
  }

  private func pass(for batch: SequenceBatch<S>) throws -> WindowPass<S> {
    let fitting = try WindowPass.fitting(batch, configuration, .training, rule, execution, reusing: pass)
    pass = fitting
    return fitting
  }
}
