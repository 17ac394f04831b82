import Gatewise

/// One training run: updates, validation, progress, and files in a folder.
public final class TrainingRun<S: Scalar> {
  /// How a run ended.
  public struct Outcome: Sendable {
    /// Updates made.
    public let steps: Int
    /// Whether it was stopped before its last update; nothing was judged then.
    public let wasStopped: Bool
    /// Seconds spent on updates.
    public let seconds: Double
    /// Arithmetic of the products in 10⁹ operations a second, over all updates.
    public let gigaflops: Double
    /// How well the model does on what was held out; nil where nothing was or the run was stopped.
    public let figures: ValidationFigures?
  }

  private struct Stop: Error {}

  /// P: the number of the model's parameters.
  public var parameterCount: Int { trainer.model.layout.count }

  private let data: RunData
  private let plan: TrainingPlan
  private let folder: OutputFolder
  private let names: ModelNames
  private let extras: [String: String]
  private let execution: Execution
  private let trainer: Trainer<S>
  private var training: any BatchSource<S>
  private var validation: (any BatchSource<S>)?
  private var validationLoss: LossSum?
  private var log: TrainingLog
  private var progress: RunProgress
  private var clock = TrainingClock()
  private var operations = 0.0
  private var savedAt = 0

  /// Prepares a run; nothing is written.
  ///
  /// - Parameters:
  ///   - data: what is learned from.
  ///   - plan: all choices.
  ///   - start: a model that is trained further; nil draws a new one.
  ///   - folder: where the results go.
  ///   - execution: threads and instruction set.
  /// - Throws: `GatewiseError` where data and plan do not fit each other.
  public init(
    _ data: RunData, plan: TrainingPlan, startingFrom start: StartingModel?, folder: OutputFolder,
    execution: Execution
  ) throws {
    self.data = data
    self.plan = plan
    self.folder = folder
    self.execution = execution
    names = start?.file.names ?? ModelNames()
    var extras = start?.file.extras ?? [:]
    extras[ModelData.extraName] = data.modelData.json
    self.extras = extras
    training = try data.trainingSource(S.self, plan: plan)
    validation = try data.validationSource(S.self, plan: plan)
    let model =
      try start.map { try $0.file.model(as: S.self) }
      ?? LSTM<S>(plan.configuration, initialization: plan.initialization, seed: plan.seed)
    trainer = try Trainer(
      model, loss: data.loss, optimizer: plan.optimizer, schedule: plan.schedule, clipping: plan.clipping,
      rule: plan.rule, seed: plan.seed, execution: execution)
    log = TrainingLog(title: "Loss of \(folder.path)", unit: data.lossUnit, steps: plan.steps)
    progress = RunProgress(totalSteps: plan.steps, unit: data.lossUnit.short)
  }

  /// Trains, and leaves the model, the loss curve and the log in the folder.
  ///
  /// - Parameters:
  ///   - writer: shows the progress.
  ///   - shouldStop: asked after every update; true saves what there is and ends the run.
  /// - Throws: `GatewiseError` where a file cannot be written, or the loss is no longer finite; the model that was saved
  ///   last then stays as it is.
  public func run(writer: inout ProgressWriter, shouldStop: () -> Bool) throws -> Outcome {
    try folder.create()
    defer { writer.finish() }
    var wasStopped = false
    clock.start()
    do {
      try trainer.train(on: &training, steps: plan.steps) { report in
        try finish(report, &writer)
        if report.step < plan.steps, shouldStop() { throw Stop() }
      }
    } catch is Stop {
      wasStopped = true
    }
    if savedAt < progress.step { try save() }
    let figures =
      wasStopped
      ? nil
      : try data.figures(of: trainer.model, validationLoss: validationLoss, plan: plan, execution: execution)
    return Outcome(
      steps: progress.step, wasStopped: wasStopped, seconds: clock.seconds,
      gigaflops: operations / max(clock.seconds, 1e-9) / 1e9, figures: figures)
  }

  /// What is due after an update.
  private func finish(_ report: TrainingReport, _ writer: inout ProgressWriter) throws {
    clock.pause()
    operations +=
      Double(report.rows) * Arithmetic.operationsPerRow(plan.configuration, usesTokens: data.usesTokens)
    let isLast = report.step == plan.steps
    let judges = isLast || report.step % plan.validateEvery == 0
    if judges { validationLoss = try validation == nil ? nil : trainer.evaluate(on: &validation!) }
    log.add(report, validation: judges ? validationLoss?.mean : nil, seconds: clock.seconds)
    progress.step = report.step
    progress.show(loss: report.loss * data.lossUnit.scale)
    progress.validation = validationLoss.map { $0.mean * data.lossUnit.scale }
    progress.stepsPerSecond = Double(report.step) / max(clock.seconds, 1e-9)
    progress.gigaflops = operations / max(clock.seconds, 1e-9) / 1e9
    writer.show(progress, always: judges)
    if report.step % plan.checkpointEvery == 0 { try save() }
    clock.start()
  }

  /// Writes the model first: of all files it is the one that cannot be made again.
  private func save() throws {
    try trainer.model.write(to: folder.model, names: names, extras: extras)
    try log.write(to: folder)
    savedAt = progress.step
  }
}

extension RunProgress {
  /// Takes in the loss of an update: a running mean, since single batches jump.
  fileprivate mutating func show(loss new: Double) { loss = loss.map { $0 + 0.05 * (new - $0) } ?? new }
}
