import Gatewise
import Logging

/// One training run: updates, validation, progress, and files in a folder. It may be stopped, or killed, at any moment, and
/// goes on from its last checkpoint with the same bits.
public final class TrainingRun<S: Scalar> {
  /// How a run ended.
  public struct Outcome: Sendable {
    /// Why there were no more updates.
    public enum End: Sendable, Equatable {
      /// All were made.
      case complete
      /// It was asked to stop; nothing was judged then.
      case stopped
      /// So many validations in a row brought nothing better.
      case patience(validations: Int)
    }

    /// Updates made.
    public let steps: Int
    /// Why there were no more.
    public let end: End
    /// Whether the model that is left is that of the best validation.
    public let leavesBest: Bool
    /// Whether a model that was there has stayed, since what would say whether it is the best is lost.
    public let keepsOther: Bool
    /// Batches that were passed over.
    public let skipped: Int
    /// Seconds spent on updates.
    public let seconds: Double
    /// Arithmetic of the products in 10⁹ operations a second, over all updates.
    public let gigaflops: Double
    /// How well the model does on what was held out; nil where nothing was or the run was stopped.
    public let figures: ValidationFigures?
  }

  /// P: the number of the model's parameters.
  public var parameterCount: Int { trainer.model.layout.count }
  /// Updates made when the run was prepared: of a run that goes on, those before.
  public let firstStep: Int
  /// Whether the run that is to go on had ended before: all that is left to do is to write what is missing of it.
  public let hadEnded: Bool

  let data: RunData
  let plan: TrainingPlan
  let folder: OutputFolder
  let checkpoints: CheckpointFolder
  let names: ModelNames
  let extras: [String: String]
  let execution: Execution
  let logger: Logger
  let trainer: Trainer<S>
  /// The processes that make the run together; nil for this one alone.
  let group: (any RunGroup)?
  /// The average of the weights, where the plan wants one.
  private(set) var average: WeightAverage<S>?
  /// The model that is judged and left: the average of the weights where there is one.
  var leftModel: LSTM<S> { average?.model(of: trainer.model) ?? trainer.model }
  private var training: any ResumableSource<S>
  private var validation: (any BatchSource<S>)?
  var record: RunRecord
  private var progress: RunProgress
  var clock = TrainingClock()
  var monitor: RunMonitor<S>?
  var savedAt: (step: Int, seconds: Double) { didSet { lost.save(step: savedAt.step) } }
  /// What to say where processes are lost.
  public let lost: LostProcesses
  /// Where the run stood after the last update.
  var standing = RunStanding<S>()
  /// What other processes that have ended carry; in the first.
  var lastShares: [Int: CarriedShare<S>] = [:]
  /// Batches in a row that brought no update.
  private var idleBatches = 0
  /// Whether the folder still has the checkpoints of a run before, which is complete.
  var replacesRun: Bool
  /// The checkpoint that the run goes on from.
  let resumedFrom: String?

  /// Bad batches in a row that are no accident any more.
  private static var mostIdleBatches: Int { 100 }

  /// Prepares a run. The folder is made and locked for as long as this object lives; nothing else is written.
  ///
  /// - Parameters:
  ///   - data: what is learned from.
  ///   - plan: all choices.
  ///   - start: a model that is trained further; nil draws a new one.
  ///   - folder: where the results go.
  ///   - execution: threads and instruction set.
  ///   - resumes: whether it goes on from the folder's last checkpoint; a run that was begun there and killed before its
  ///     first begins anew.
  ///   - group: the processes that make it together, each of which prepares it from the same data and the same folder;
  ///     the first alone writes. Nil for this one alone.
  ///   - logger: gets a warning for what does not end the run: a checkpoint that is damaged or cannot be written, a batch
  ///     that is passed over, a log that cannot be written, a folder that cannot be locked.
  /// - Throws: `GatewiseError` where data and plan do not fit each other, where there is nothing to go on from or it was
  ///   begun with other settings, where another run writes into the folder, and where a new run would take the place of
  ///   one that is not complete.
  public init(
    _ data: RunData, plan: TrainingPlan, startingFrom start: StartingModel?, folder: OutputFolder,
    execution: Execution, resumes: Bool = false, group: (any RunGroup)? = nil,
    logger: Logger = Logger(label: "gatewise")
  ) throws {
    (self.data, self.plan, self.execution) = (data, plan, execution)
    (self.group, self.logger) = (group, logger)
    try plan.require(processes: group?.count ?? 1)
    let writes = group?.isFirst ?? true
    self.folder = writes ? try folder.locked() : folder
    if let problem = self.folder.lock?.problem { logger.warning("\(problem)") }
    checkpoints = CheckpointFolder(path: folder.checkpoints, kept: plan.keptCheckpoints)
    names = start?.file.names ?? ModelNames()
    var extras = start?.file.extras ?? [:]
    extras[ModelData.extraName] = data.modelData.json
    self.extras = extras
    let sourceShare = group.map { SourceShare(rank: $0.rank, count: $0.count) } ?? .whole
    training = try data.trainingSource(S.self, plan: plan, share: sourceShare)
    validation = try data.validationSource(S.self, plan: plan)
    trainer = try plan.trainer(of: plan.model(startingFrom: start), for: data, group: group, execution: execution)
    let parameterCount = trainer.model.layout.count
    average = try plan.averageDecay.map { try WeightAverage(decay: $0, parameterCount: parameterCount) }
    let settings = RunSettings(plan, data: data, dataType: S.dataType)
    // Of several processes the first decides.
    let beginsAnew = checkpoints.isEmpty && (self.folder.hasOnlyBegun || !writes)
    if resumes, !beginsAnew {
      // Before any number is read: another number type, say, is no damage.
      try checkpoints.standing?.settings.require(settings, from: folder.path)
      let (checkpoint, saved, path) = try checkpoints.newest(S.self) { logger.warning("\($0)") }
      try saved.settings.require(settings, from: folder.path)
      try saved.requireNoMore(than: plan.steps, in: folder.path)
      (record, resumedFrom) = (saved, path)
      record.totalSteps = plan.steps
      record.endEarly(patience: plan.patience)
      let arithmetic = execution.arithmetic
      if writes, let sentence = record.otherBits(now: arithmetic, in: folder.path) { logger.warning("\(sentence)") }
      record.use(arithmetic)
      let own = data.carriesState ? sourceShare.sequences(of: plan.batchSize) : nil
      try trainer.restore(group == nil ? checkpoint.state : checkpoint.state.share(own))
      average = checkpoint.state.average
      try training.go(to: saved.place)
    } else {
      try checkpoints.standing?.requireComplete(in: folder.path)
      let log = TrainingLog(title: "Loss of \(folder.path)", unit: data.lossUnit, steps: plan.steps)
      record = RunRecord(
        settings: settings, totalSteps: plan.steps, log: log, arithmetic: execution.arithmetic)
      resumedFrom = nil
    }
    // One that was killed while it took another's place does so again.
    (replacesRun, hadEnded) = (record.step == 0, record.hasEnded)
    lost = LostProcesses(of: group?.count ?? 1, checkpoints: checkpoints, savedStep: record.step)
    (firstStep, savedAt) = (record.step, (record.step, record.seconds))
    clock.seconds = record.seconds
    progress = RunProgress(step: record.step, totalSteps: plan.steps, unit: data.lossUnit.short)
    progress.loss = record.runningLoss
    progress.validation = record.validation.map { $0.mean * data.lossUnit.scale }
    if let group { try begin(with: group) }
  }

  /// Trains, and leaves checkpoints, the model, the loss curve and the log in the folder.
  ///
  /// - Parameters:
  ///   - writer: shows the progress.
  ///   - shouldStop: asked after every update; true saves what there is and ends the run.
  /// - Throws: `GatewiseError` where the model cannot be written, or the loss is no longer finite; the last checkpoint
  ///   then stays as it is.
  public func run(writer: inout ProgressWriter, shouldStop: () -> Bool) throws -> Outcome {
    do { return try train(&writer, shouldStop) } catch ProcessGroupInterruption.lost(let ranks) {
      throw GatewiseError.invalidArgument(lost.sentence(ranks))
    }
  }

  private func train(_ writer: inout ProgressWriter, _ shouldStop: () -> Bool) throws -> Outcome {
    if hadEnded {
      let best = bestModelIfLeft
      // Without the checkpoint of the best nothing says whether the model there is it: then that stays.
      let isUncertain = plan.patience != nil && record.best != nil && best == nil
      let keepsOther = try leaveMissing(best ?? leftModel, canKeepOther: isUncertain)
      return outcome(leavesBest: best != nil, keepsOther: keepsOther)
    }
    if writes { try prepareFolder() }
    defer { writer.finish() }
    var isStopped = false
    var batch = training.makeBatch()
    standing = nowStanding
    clock.start()
    while !record.hasEnded {
      try Task.checkCancellation()
      do { try update(with: &batch, &writer) } catch ProcessGroupInterruption.stopped {
        (record.place, record.skipped) = (standing.place, standing.skipped)
        isStopped = true
        break
      }
      if !record.hasEnded, shouldStop() || group?.isToldToStop == true {
        isStopped = true
        break
      }
    }
    clock.pause()
    let best = isStopped ? nil : bestModelIfLeft
    try finish(best ?? leftModel, isStopped: isStopped)
    return outcome(isStopped: isStopped, leavesBest: best != nil)
  }

  /// The model of the best validation, where that is what the run leaves.
  private var bestModelIfLeft: LSTM<S>? { plan.patience == nil || !writes ? nil : bestModel }

  private func outcome(isStopped: Bool = false, leavesBest: Bool, keepsOther: Bool = false) -> Outcome {
    // Of a model that stayed nothing says which figures are its own.
    let evaluation = isStopped || keepsOther ? nil : leavesBest ? record.best?.evaluation : record.validation
    return Outcome(
      steps: record.step,
      end: isStopped ? .stopped : record.endedEarly ? .patience(validations: record.validationsSinceBest) : .complete,
      leavesBest: leavesBest, keepsOther: keepsOther, skipped: record.skipped, seconds: clock.seconds,
      gigaflops: record.operations / max(clock.seconds, 1e-9) / 1e9,
      figures: data.figures(of: evaluation))
  }

  /// Makes the folder ready for what is written while the run goes on.
  private func prepareFolder() throws {
    try folder.requireInPlace()
    try CheckpointFolder.create(checkpoints.path)
    for folder in [folder.path, checkpoints.path] { AtomicFile.removeLeftovers(in: folder) }
    takePlace()
    monitor = try RunMonitor(
      trainer.model, folder: folder, after: firstStep, writesEvents: plan.writesEvents, execution: execution)
  }

  /// The batches of one update, and what is due after it.
  private func update(with batch: inout SequenceBatch<S>, _ writer: inout ProgressWriter) throws {
    var report: TrainingReport
    repeat {
      // The first call may find the source at the end of an epoch, which the second begins anew.
      guard try training.next(into: &batch) || training.next(into: &batch) else {
        throw GatewiseError.invalidArgument("There are no batches to train on.")
      }
      record.place = training.place
      report = try step(batch)
      if let problem = report.problem { passOver(problem) }
    } while report.waiting > 0
    standing = nowStanding
    guard report.step > record.step else { return try countIdle() }
    idleBatches = 0
    average?.add(trainer.model.parameters, team: execution.team)
    clock.pause()
    record.take(
      report, operationsPerRow: Arithmetic.operationsPerRow(plan.configuration, usesTokens: data.usesTokens),
      scale: data.lossUnit.scale, seconds: clock.seconds)
    let judges = record.isComplete || record.step % plan.validateEvery == 0
    let isBest = judges ? try judge() : false
    record.endEarly(patience: plan.patience)
    if record.log.add(report, validation: judges ? record.validation?.mean : nil, seconds: clock.seconds) {
      note(report, isJudged: judges, batch)
    }
    show(&writer, always: judges)
    try saveCheckpoint(isBest: isBest)
    clock.start()
  }

  /// A step, whose error says which batch it was.
  private func step(_ batch: SequenceBatch<S>) throws -> TrainingReport {
    do {
      return try trainer.step(batch)
    } catch GatewiseError.notFinite(let sentence) {
      throw GatewiseError.notFinite("\(sentence) It came with \(batchName).")
    }
  }

  private var batchName: String { "the batch that ends at \(record.place.position) of epoch \(record.place.epoch)" }

  /// A batch that adds nothing to its update.
  private func passOver(_ problem: String) {
    record.skipped += 1
    logger.warning("Passed over \(batchName). \(problem)")
  }

  /// The batches of an update added nothing to it: none was made.
  private func countIdle() throws {
    idleBatches += plan.accumulation
    guard idleBatches < Self.mostIdleBatches else {
      throw GatewiseError.notFinite(
        "\(idleBatches) batches in a row brought no update, the last at \(record.place.position) of epoch "
          + "\(record.place.epoch); lower the learning rate, or mend the data.")
    }
  }

  /// Validates, and says whether the model was never better.
  private func judge() throws -> Bool {
    guard validation != nil else { return false }
    let own = try trainer.evaluate(leftModel, on: &validation!)
    return record.takeValidation(try group?.agreed(own) ?? own)
  }

  private func show(_ writer: inout ProgressWriter, always: Bool) {
    progress.step = record.step
    progress.loss = record.runningLoss
    progress.validation = record.validation.map { $0.mean * data.lossUnit.scale }
    progress.stepsPerSecond = Double(record.step) / max(clock.seconds, 1e-9)
    progress.gigaflops = record.operations / max(clock.seconds, 1e-9) / 1e9
    writer.show(progress, always: always)
  }
}
