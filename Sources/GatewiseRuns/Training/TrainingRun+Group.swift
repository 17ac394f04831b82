import Gatewise

/// The state of a run between two updates, from which it continues if the next update is interrupted.
struct RunStanding<S: Scalar> {
  /// The place in the training data.
  var place = SourcePlace()
  /// The number of skipped batches.
  var skipped = 0
  /// The state of this process's sequences; nil if no window continues the previous one.
  var carried: LSTMState<S>?
}

extension TrainingRun {
  /// The values that must be equal in all processes before the first update.
  private struct Start: Codable, Equatable {
    let settings: RunSettings
    let step: Int
    let place: SourcePlace
    /// The updates at which all processes act together.
    let times: [Int]
  }

  /// Gives all processes the same start, with the parameters of the first one.
  ///
  /// - Throws: `GatewiseError` if a process has other data or another folder.
  func begin(with group: any RunGroup) throws {
    do { try beginTogether(group) } catch let interruption as ProcessGroupInterruption {
      var missing = group.missing()
      if case .lost(let ranks) = interruption { missing = ranks } else if missing.isEmpty { throw interruption }
      throw GatewiseError.invalidArgument(lost.sentence(missing))
    }
  }

  private func beginTogether(_ group: any RunGroup) throws {
    let others = try group.differing(
      Start(
        settings: record.settings, step: record.step, place: record.place,
        times: [plan.steps, plan.validateEvery, plan.checkpointEvery]))
    guard others.isEmpty else {
      throw GatewiseError.invalidArgument(
        "\(LostProcesses.names(others)) of \(group.count) found other data, other options or another checkpoint in "
          + "\(folder.path) than process 0; start all with the same command, and with files shared by all machines.")
    }
    var state = trainer.state
    state.model = try LSTM(state.model.configuration, parameters: group.firsts(state.model.parameters))
    try trainer.restore(state)
  }

  /// The present state, needed only if other processes may interrupt an update.
  var nowStanding: RunStanding<S> {
    let isCarried = group != nil && data.carriesState
    return RunStanding(
      place: record.place, skipped: record.skipped, carried: isCarried ? trainer.state.carried : nil)
  }

  /// Returns the training state of all sequences, in the first process, to which the others send their carried states.
  ///
  /// It uses no collective communication, so it works after the processes have been asked to stop.
  ///
  /// - Parameter isLast: Whether this process ends with it.
  func gatheredState(isLast: Bool) throws -> TrainingState<S> {
    var state = trainer.state
    state.average = average
    if !data.carriesState { state.carried = nil }
    guard let group else { return state }
    state.carried = try group.gathered(
      standing.carried, step: record.step, isLast: isLast, lastShares: &lastShares, of: plan.batchSize,
      plan.configuration)
    return state
  }

  /// Whether the longest time without a checkpoint has passed. In a group the first process decides, at intervals.
  func isLongUnsaved() throws -> Bool {
    let isLong = clock.seconds - savedAt.seconds > Self.mostSecondsUnsaved
    guard let group else { return isLong }
    return record.step % 16 == 0 ? try group.agreed(isLong) : false
  }
}

extension TrainingState {
  /// Returns the training state of one process of a group.
  ///
  /// - Parameter sequences: The process's own sequences; nil if windows do not continue the previous ones.
  func share(_ sequences: Range<Int>?) throws -> TrainingState {
    var share = self
    share.carried = try sequences.flatMap { try carried?.sequences($0) }
    return share
  }
}

extension TrainingPlan {
  /// Checks that every process gets a sequence of every batch.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if there are more processes than sequences.
  func require(processes: Int) throws(GatewiseError) {
    guard processes > batchSize else { return }
    throw .invalidArgument(
      "\(processes) processes cannot share batches of \(batchSize) sequences; start at most "
        + "\(batchSize) processes, or use a larger --batch.")
  }
}

extension RunData {
  /// Whether windows continue from the end of the previous ones.
  var carriesState: Bool { usesTokens }
}
