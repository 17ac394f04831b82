import Gatewise

extension TrainingRun {
  /// The longest time spent on updates without a checkpoint, in seconds.
  static var mostSecondsUnsaved: Double { 600 }

  /// Whether this process writes: it is alone, or the first of its group.
  var writes: Bool { group?.isFirst ?? true }

  private func checkpoint(_ state: TrainingState<S>) -> TrainingCheckpoint<S> {
    TrainingCheckpoint(state, notes: record.notes, names: names, extras: extras)
  }

  /// Saves a checkpoint if one is due. A checkpoint that cannot be written does not end the run: the previous one
  /// stays, and the next one may fit again.
  ///
  /// - Throws: An error if other processes are lost.
  func saveCheckpoint(isBest: Bool) throws {
    record.seconds = clock.seconds
    let isDue = try record.step % plan.checkpointEvery == 0 || isLongUnsaved()
    guard isDue || isBest, !record.hasEnded || isBest else { return }
    let state = try gatheredState(isLast: false)
    guard writes else {
      if isDue { savedAt = (record.step, clock.seconds) }
      return
    }
    // Separately, so that a failure of one does not prevent the other.
    do { try folder.requireInPlace() } catch {
      logger.warning("\(error)")
      return
    }
    if isBest { attempt { try checkpoint(state).write(to: checkpoints.best) } }
    guard isDue else { return }
    attempt {
      try write(checkpoint(state))
      savedAt = (record.step, clock.seconds)
      try write(leftModel)
      try record.log.write(to: folder)
    }
  }

  private func attempt(_ save: () throws -> Void) {
    do { try save() } catch {
      let saved = savedAt.step == 0 ? "nothing is saved yet." : "step \(savedAt.step) is saved."
      logger.warning("\(error) The run continues; \(saved)")
    }
  }

  /// Writes the model of the run.
  private func write(_ model: LSTM<S>) throws {
    try folder.requireInPlace()
    try model.write(to: folder.model, names: names, extras: extras)
  }

  /// Writes a checkpoint, and then removes those that it makes obsolete.
  private func write(_ checkpoint: TrainingCheckpoint<S>) throws {
    try folder.requireInPlace()
    try checkpoints.write(checkpoint)
    if replacesRun { checkpoints.removeAll(except: record.step, keepsBest: record.best != nil) }
    replacesRun = false
    checkpoints.prune(upTo: record.step)
  }

  /// Writes the results of the run.
  ///
  /// In a group it uses no collective communication: each process sends the first one its carried state, and waits
  /// until that is saved.
  func finish(_ model: LSTM<S>, isStopped: Bool) throws {
    record.seconds = clock.seconds
    if let group, isStopped {
      group.abandon()
      group.tellToStop()
      let missing = group.missing()
      guard missing.isEmpty else { throw ProcessGroupInterruption.lost(ranks: missing) }
    }
    let state = try gatheredState(isLast: true)
    guard writes else { return try group!.waitUntilSaved() }
    try saveAll(model, checkpoint(state))
    group?.tellSaved()
  }

  /// Writes each of the results, even if another one cannot be written.
  private func saveAll(_ model: LSTM<S>, _ checkpoint: TrainingCheckpoint<S>) throws {
    var failure: (any Error)?
    for save in [
      { try self.write(model) }, { try self.write(checkpoint) }, { try self.record.log.write(to: self.folder) },
    ] as [() throws -> Void] {
      do { try save() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  /// Takes the place of a complete run in the folder, which `--resume` no longer continues from here on.
  func takePlace() {
    guard replacesRun, !checkpoints.isEmpty else { return }
    var state = trainer.state
    (state.average, state.carried) = (average, nil)
    attempt { try write(checkpoint(state)) }
  }

  /// Writes the missing files of a run that had ended: it may have been killed after its last checkpoint, or the disk
  /// was full.
  ///
  /// - Parameters:
  ///   - model: The model of the run.
  ///   - canKeepOther: Whether an existing model may stay.
  /// - Returns: Whether another model has stayed.
  func leaveMissing(_ model: LSTM<S>, canKeepOther: Bool) throws -> Bool {
    guard writes else {
      try group!.waitUntilSaved()
      return false
    }
    try folder.requireInPlace()
    try CheckpointFolder.create(checkpoints.path)
    for folder in [folder.path, checkpoints.path] { AtomicFile.removeLeftovers(in: folder) }
    let isThere = holds(model)
    let keepsOther = !isThere && canKeepOther && holdsOther(than: model)
    if !isThere, !keepsOther {
      try write(model)
    }
    if let resumedFrom, resumedFrom != checkpoints.file(step: record.step) {
      try write(TrainingCheckpoint(contentsOf: resumedFrom))
    }
    checkpoints.prune(upTo: record.step)
    try record.log.write(to: folder)
    group?.tellSaved()
    return keepsOther
  }

  /// Whether the folder has a model with the same configuration, of any parameters.
  private func holdsOther(than model: LSTM<S>) -> Bool {
    guard let file = try? ModelFile(contentsOf: folder.model), file.dataType == S.dataType, file.extras == extras else {
      return false
    }
    return (try? file.model(as: S.self))?.configuration == model.configuration
  }

  /// Whether the folder already has this model.
  private func holds(_ model: LSTM<S>) -> Bool {
    guard let file = try? ModelFile(contentsOf: folder.model), file.dataType == S.dataType, file.extras == extras,
      let left = try? file.model(as: S.self)
    else { return false }
    return left.configuration == model.configuration && left.parameters == model.parameters
  }

  /// The model of the best validation; nil if its checkpoint cannot be read or belongs to another run.
  var bestModel: LSTM<S>? {
    guard let best = record.best, let found = try? TrainingCheckpoint<S>(contentsOf: checkpoints.best),
      let saved = try? RunRecord(notes: found.notes, path: checkpoints.best),
      saved.step == best.step, saved.settings == record.settings
    else { return nil }
    return found.state.average?.model(of: found.state.model) ?? found.state.model
  }
}
