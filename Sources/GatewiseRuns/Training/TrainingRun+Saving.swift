import Gatewise

extension TrainingRun {
  /// The longest time spent on updates without a checkpoint, in seconds.
  private static var mostSecondsUnsaved: Double { 600 }

  private var checkpoint: TrainingCheckpoint<S> {
    var state = trainer.state
    state.average = average
    return TrainingCheckpoint(state, notes: record.notes, names: names, extras: extras)
  }

  /// Saves what is due. A checkpoint that cannot be written does not end the run: the one before stays, and the next may
  /// find room again.
  func saveCheckpoint(isBest: Bool) {
    record.seconds = clock.seconds
    let isDue =
      record.step % plan.checkpointEvery == 0 || clock.seconds - savedAt.seconds > Self.mostSecondsUnsaved
    guard isDue || isBest, !record.isComplete || isBest else { return }
    // Each by itself: one that is in the way of the other must not cost both.
    if isBest { attempt { try checkpoint.write(to: checkpoints.best) } }
    guard isDue else { return }
    attempt {
      try writeCheckpoint()
      savedAt = (record.step, clock.seconds)
      try leftModel.write(to: folder.model, names: names, extras: extras)
      try record.log.write(to: folder)
    }
  }

  private func attempt(_ save: () throws -> Void) {
    do { try save() } catch {
      let saved = savedAt.step == 0 ? "nothing is saved yet." : "step \(savedAt.step) is saved."
      logger.warning("\(error) The run goes on; \(saved)")
    }
  }

  /// Writes a checkpoint, and then removes those that it makes superfluous.
  private func writeCheckpoint() throws {
    try checkpoints.write(checkpoint)
    if replacesRun { checkpoints.removeAll(except: record.step, keepsBest: record.best != nil) }
    replacesRun = false
    checkpoints.prune(upTo: record.step)
  }

  /// What the run leaves behind when it ends: each of it, even if another cannot be written.
  func saveAll(_ model: LSTM<S>) throws {
    record.seconds = clock.seconds
    var failure: (any Error)?
    for save in [
      { try model.write(to: self.folder.model, names: self.names, extras: self.extras) },
      { try self.writeCheckpoint() }, { try self.record.log.write(to: self.folder) },
    ] as [() throws -> Void] {
      do { try save() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  /// The model of the best validation; nil where its checkpoint cannot be read or is not of this run.
  var bestModel: LSTM<S>? {
    guard let best = record.best, let found = try? TrainingCheckpoint<S>(contentsOf: checkpoints.best),
      let saved = try? RunRecord(notes: found.notes, path: checkpoints.best),
      saved.step == best.step, saved.settings == record.settings
    else { return nil }
    return found.state.average?.model(of: found.state.model) ?? found.state.model
  }
}
