import Gatewise
import Logging

/// A training run: updates, validation, progress, and files in a folder. It may be stopped, or killed, at any moment,
/// and resumes from its last checkpoint with the same bits.
public final class TrainingRun<S: Scalar> {
  /// The result of a run.
  public struct Outcome: Sendable {
    /// The reason why a run ended.
    public enum End: Sendable, Equatable {
      /// All updates were made.
      case complete
      /// The run was asked to stop; the final model was not validated.
      case stopped
      /// This many validations in a row brought no improvement.
      case patience(validations: Int)
    }

    /// The number of updates made.
    public let steps: Int
    /// The reason why the run ended.
    public let end: End
    /// Whether the saved model is that of the best validation.
    public let leavesBest: Bool
    /// Whether an existing model was kept, because the checkpoint that would tell whether it is the best is lost.
    public let keepsOther: Bool
    /// The number of skipped batches.
    public let skipped: Int
    /// Seconds spent on updates.
    public let seconds: Double
    /// Speed of the products in 10⁹ floating-point operations per second, over all updates.
    public let gigaflops: Double
    /// The figures of the model on the held-out data; nil if nothing is held out or the run was stopped.
    public let figures: ValidationFigures?
  }

  /// P, the number of parameters of the model.
  public var parameterCount: Int { trainer.model.layout.count }
  /// The number of updates made before; 0 unless the run was resumed.
  public let firstStep: Int
  /// Whether a resumed run had ended before, so that only missing files are written.
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
  /// The processes that train together; nil for this process alone.
  let group: (any RunGroup)?
  /// The average of the weights, if the plan has one.
  private(set) var average: WeightAverage<S>?
  /// The model that is validated and saved: the average of the weights if there is one.
  var leftModel: LSTM<S> { average?.model(of: trainer.model) ?? trainer.model }
  private var training: any ResumableSource<S>
  private var validation: (any BatchSource<S>)?
  var record: RunRecord
  private var progress: RunProgress
  var clock = TrainingClock()
  var monitor: RunMonitor<S>?
  var savedAt: (step: Int, seconds: Double) { didSet { lost.save(step: savedAt.step) } }
  /// The message for lost processes.
  public let lost: LostProcesses
  /// The state of the run after the last update.
  var standing = RunStanding<S>()
  /// The carried states of processes that have ended; in the first process.
  var lastShares: [Int: CarriedShare<S>] = [:]
  /// The number of consecutive batches without an update.
  private var idleBatches = 0
  /// Whether the folder still has the checkpoints of a previous, complete run.
  var replacesRun: Bool
  /// The checkpoint from which the run was resumed.
  let resumedFrom: String?

  /// The number of consecutive bad batches at which the run fails.
  private static var mostIdleBatches: Int { 100 }

  /// Prepares a run. The folder is created and locked for as long as this object lives; nothing else is written.
  ///
  /// - Parameters:
  ///   - data: The training data.
  ///   - plan: The settings.
  ///   - start: A model to be trained further; nil draws a new one.
  ///   - folder: The folder of the results.
  ///   - execution: Threads and instruction set.
  ///   - resumes: Whether to resume from the folder's last checkpoint; a run that was killed before its
  ///     first checkpoint starts again.
  ///   - group: The processes that train together, each of which prepares the run from the same data and the same
  ///     folder; only the first one writes. Nil for this process alone.
  ///   - logger: Receives a warning for problems that do not end the run: a checkpoint that is damaged or cannot be
  ///     written, a skipped batch, a log that cannot be written, a folder that cannot be locked.
  /// - Throws: `GatewiseError` if data and plan do not match, if there is nothing to resume or it was
  ///   started with other settings, if another run writes into the folder, or if a new run would replace
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
    // In a group the first process decides.
    let beginsAnew = checkpoints.isEmpty && (self.folder.hasOnlyBegun || !writes)
    if resumes, !beginsAnew {
      // Checked before any number is read: another number type, for example, is not damage.
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
    // A run that was killed while it replaced another one does so again.
    (replacesRun, hadEnded) = (record.step == 0, record.hasEnded)
    lost = LostProcesses(of: group?.count ?? 1, checkpoints: checkpoints, savedStep: record.step)
    (firstStep, savedAt) = (record.step, (record.step, record.seconds))
    clock.seconds = record.seconds
    progress = RunProgress(step: record.step, totalSteps: plan.steps, unit: data.lossUnit.short)
    progress.loss = record.runningLoss
    progress.validation = record.validation.map { $0.mean * data.lossUnit.scale }
    if let group { try begin(with: group) }
  }

  /// Trains, and writes checkpoints, the model, the loss curve and the log into the folder.
  ///
  /// - Parameters:
  ///   - writer: Shows the progress.
  ///   - shouldStop: Asked after every update; true saves the results and ends the run.
  /// - Throws: `GatewiseError` if the model cannot be written, or the loss is no longer finite; the last checkpoint
  ///   then stays unchanged.
  public func run(writer: inout ProgressWriter, shouldStop: () -> Bool) throws -> Outcome {
    do { return try train(&writer, shouldStop) } catch ProcessGroupInterruption.lost(let ranks) {
      throw GatewiseError.invalidArgument(lost.sentence(ranks))
    }
  }

  private func train(_ writer: inout ProgressWriter, _ shouldStop: () -> Bool) throws -> Outcome {
    if hadEnded {
      let best = bestModelIfLeft
      // Without the best checkpoint, nothing tells whether the existing model is the best, so it stays.
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

  /// The model of the best validation, if it is the result of the run.
  private var bestModelIfLeft: LSTM<S>? { plan.patience == nil || !writes ? nil : bestModel }

  private func outcome(isStopped: Bool = false, leavesBest: Bool, keepsOther: Bool = false) -> Outcome {
    // It is unknown which figures belong to a model that was kept.
    let evaluation = isStopped || keepsOther ? nil : leavesBest ? record.best?.evaluation : record.validation
    return Outcome(
      steps: record.step,
      end: isStopped ? .stopped : record.endedEarly ? .patience(validations: record.validationsSinceBest) : .complete,
      leavesBest: leavesBest, keepsOther: keepsOther, skipped: record.skipped, seconds: clock.seconds,
      gigaflops: record.operations / max(clock.seconds, 1e-9) / 1e9,
      figures: data.figures(of: evaluation))
  }

  /// Prepares the folder for the files written during the run.
  private func prepareFolder() throws {
    try folder.requireInPlace()
    try CheckpointFolder.create(checkpoints.path)
    for folder in [folder.path, checkpoints.path] { AtomicFile.removeLeftovers(in: folder) }
    takePlace()
    monitor = try RunMonitor(
      trainer.model, folder: folder, after: firstStep, writesEvents: plan.writesEvents, execution: execution)
  }

  /// Makes one update from its batches, and what is due after it.
  private func update(with batch: inout SequenceBatch<S>, _ writer: inout ProgressWriter) throws {
    var report: TrainingReport
    repeat {
      // The first call may find the source at the end of an epoch; the second starts the next one.
      guard try training.next(into: &batch) || training.next(into: &batch) else {
        throw GatewiseError.invalidArgument("There are no training batches.")
      }
      record.place = training.place
      report = try step(batch)
      if let problem = report.problem { passOver(problem) }
    } while report.waiting > 0
    standing = nowStanding
    guard report.update > record.step else { return try countIdle() }
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

  /// Makes a training step; its errors name the batch.
  private func step(_ batch: SequenceBatch<S>) throws -> TrainingReport {
    do {
      return try trainer.step(batch)
    } catch GatewiseError.notFinite(let sentence) {
      throw GatewiseError.notFinite("\(sentence) It occurred in \(batchName).")
    }
  }

  private var batchName: String { "the batch that ends at \(record.place.position) of epoch \(record.place.epoch)" }

  /// Counts a batch that adds nothing to its update.
  private func passOver(_ problem: String) {
    record.skipped += 1
    logger.warning("Skipped \(batchName). \(problem)")
  }

  /// Counts an update that was not made, since none of its batches added to it.
  private func countIdle() throws {
    idleBatches += plan.accumulation
    guard idleBatches < Self.mostIdleBatches else {
      throw GatewiseError.notFinite(
        "\(idleBatches) consecutive batches gave no update, the last at \(record.place.position) of epoch "
          + "\(record.place.epoch); lower the learning rate, or correct the data.")
    }
  }

  /// Validates, and returns whether the model is the best so far.
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
