/// Trains a model: batch → forward → loss → gradient → clip → update → report.
///
///     let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: Adam())
///     try trainer.train(on: &source, steps: 1000) { print($0.step, $0.loss) }
///     try trainer.model.write(to: "model.safetensors")
///
/// Batches that continue the ones before carry the state on: truncated backpropagation through windows of T steps. The
/// steady state of a step allocates nothing. A trainer belongs to one thread at a time; its model is a value that may be
/// copied out at any moment.
public final class Trainer<S: Scalar> {
  /// The model as it stands after the last update.
  public private(set) var model: LSTM<S>
  /// What is minimized.
  public let loss: any Loss
  /// How gradients are computed.
  public let rule: any GradientRule
  /// Clipping, schedule, parameter groups, optimizer and what they remember.
  public private(set) var update: ParameterUpdate<S>
  private let execution: Execution
  private var workspace: Workspace<S>?
  private var evaluation: Workspace<S>?
  private var gradients: [S]

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
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where a setting is out of bounds or does not fit the model.
  public init(
    _ model: LSTM<S>, loss: any Loss, optimizer: any Optimizer, schedule: Schedule = .constant,
    clipping: Clipping? = nil, groups: [ParameterGroup] = [], rule: any GradientRule = BPTT(),
    execution: Execution? = nil
  ) throws {
    try loss.validate(outputSize: model.configuration.outputSize)
    self.model = model
    self.loss = loss
    self.rule = rule
    self.execution = try execution ?? .standard()
    update = try ParameterUpdate(
      optimizer: optimizer, schedule: schedule, clipping: clipping, groups: groups,
      parameterCount: model.layout.count)
    gradients = Array(repeating: 0, count: model.layout.count)
  }

  /// One update from one batch. A batch in which no step counts carries the state on and makes no update.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or the loss, and `.notFinite` where the loss or
  ///   the gradient is not a number, saying at which step, in which layer and gate that began; the model is then as it
  ///   was, and the next batch has to start anew.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ batch: SequenceBatch<S>) throws -> TrainingReport {
    let workspace = try workspace(for: batch)
    let sum = try forward(batch, in: workspace, wantsError: true)
    guard sum.mean.isFinite else {
      workspace.holdsState = false
      throw GatewiseError.notFinite(
        "The loss of update \(update.state.step + 1) is \(sum.mean): \(workspace.firstNonFinite(batch)) "
          + "The model is kept as it was.")
    }
    guard sum.weight > 0 else {
      return TrainingReport(
        step: update.state.step, loss: 0, gradientNorm: 0, learningRate: 0, rows: workspace.packing.rows)
    }
    workspace.clearStateError()
    let report = model.parameters.withUnsafeMutableBufferPointer { parameters in
      gradients.withUnsafeMutableBufferPointer { gradients in
        rule._backward(
          workspace, parameters: UnsafePointer(parameters.baseAddress!), gradients: gradients.baseAddress!,
          wantsInputError: false)
        return update.apply(gradients: UnsafeBufferPointer(gradients), to: parameters, team: execution.team)
      }
    }
    guard report.isApplied else {
      workspace.holdsState = false
      throw GatewiseError.notFinite(
        "The gradient of update \(update.state.step + 1) is not finite, though its loss is \(sum.mean); "
          + "lower the learning rate or clip the gradient. The model is kept as it was.")
    }
    return TrainingReport(
      step: report.step, loss: sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: workspace.packing.rows)
  }

  /// Updates from a source, epoch after epoch.
  ///
  /// - Parameters:
  ///   - source: where batches come from.
  ///   - steps: how many updates to make.
  ///   - onStep: called after every update.
  /// - Throws: what `step` and the source throw, and `CancellationError` where the current task has been cancelled:
  ///   training stops between two steps and the model is whole.
  public func train(
    on source: inout some BatchSource<S>, steps: Int, onStep: (TrainingReport) throws -> Void = { _ in }
  ) throws {
    guard steps > 0 else { return }
    var batch = source.makeBatch()
    _ = try workspace(for: batch)
    for _ in 0..<steps {
      try Task.checkCancellation()
      // The first call may find the source at the end of an epoch, which the second begins anew.
      guard try source.next(into: &batch) || source.next(into: &batch) else {
        throw GatewiseError.invalidArgument("The source has no batches to train on.")
      }
      try onStep(step(batch))
    }
  }

  /// The mean loss over one epoch of a source, or over what is left of the epoch that it stands in. The model and the
  /// state that training carries stay as they are.
  ///
  /// - Throws: `GatewiseError` where a batch does not fit the model or the loss, or the source has none.
  public func evaluate(on source: inout some BatchSource<S>) throws -> LossSum {
    var batch = source.makeBatch()
    _ = try evaluationWorkspace(for: batch)
    guard try source.next(into: &batch) || source.next(into: &batch) else {
      throw GatewiseError.invalidArgument("The source has no batches to evaluate on.")
    }
    var total = LossSum()
    repeat {
      let workspace = try evaluationWorkspace(for: batch)
      let sum = try forward(batch, in: workspace, wantsError: false)
      total.weightedLoss += sum.weightedLoss
      total.weight += sum.weight
    } while try source.next(into: &batch)
    return total
  }

  private func workspace(for batch: SequenceBatch<S>) throws -> Workspace<S> {
    let fitting = try Workspace.fitting(batch, model.configuration, .training, execution, reusing: workspace)
    workspace = fitting
    return fitting
  }

  private func evaluationWorkspace(for batch: SequenceBatch<S>) throws -> Workspace<S> {
    let fitting = try Workspace.fitting(batch, model.configuration, .evaluation, execution, reusing: evaluation)
    evaluation = fitting
    return fitting
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func forward(
    _ batch: SequenceBatch<S>, in workspace: Workspace<S>, wantsError: Bool
  ) throws -> LossSum {
    try model.validate(batch)
    try batch.validate(for: loss, configuration: model.configuration)
    try workspace.requireContinuation(batch)
    workspace.load(batch, steps: batch.steps)
    return model.parameters.withUnsafeBufferPointer { parameters in
      if !batch.continuesState { workspace.resetState(parameters: parameters.baseAddress!) }
      workspace.forward(parameters: parameters.baseAddress!, version: model.version)
      return workspace.evaluate(loss, on: batch, wantsError: wantsError)
    }
  }
}

extension Workspace {
  /// A workspace that a batch fits: the one there is, or a larger one to which its state is carried over.
  static func fitting(
    _ batch: SequenceBatch<S>, _ configuration: LSTMConfiguration, _ purpose: Purpose, _ execution: Execution,
    reusing workspace: Workspace<S>?
  ) throws -> Workspace<S> {
    if let workspace, workspace.maximumSteps >= batch.steps, workspace.maximumBatchSize >= batch.batchSize {
      return workspace
    }
    let larger = try Workspace<S>(
      configuration, steps: max(batch.steps, workspace?.maximumSteps ?? 0),
      batchSize: max(batch.batchSize, workspace?.maximumBatchSize ?? 0), purpose: purpose, execution: execution)
    if let workspace, workspace.holdsState {
      larger.batchSize = workspace.batchSize
      try larger.setState(workspace.state)
    }
    return larger
  }
}
