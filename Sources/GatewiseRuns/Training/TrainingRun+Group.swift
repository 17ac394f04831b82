import Gatewise

/// Where a run stands between two updates: what it goes on from if the next one is broken off.
struct RunStanding<S: Scalar> {
  /// Where the training data stand.
  var place = SourcePlace()
  /// Batches that were passed over.
  var skipped = 0
  /// Of this process's sequences; nil where no window goes on from the one before.
  var carried: LSTMState<S>?
}

extension TrainingRun {
  /// What has to be the same in all processes before the first update.
  private struct Start: Codable, Equatable {
    let settings: RunSettings
    let step: Int
    let place: SourcePlace
    /// When all do something together.
    let times: [Int]
  }

  /// Makes sure that all processes begin with the same: parameters are the first one's.
  ///
  /// - Throws: `GatewiseError` where one has other data or another folder.
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
        "\(LostProcesses.names(others)) of \(group.count) found other data, other options or another checkpoint in \(folder.path) "
          + "than process 0; give all the same command, and files that all machines share.")
    }
    var state = trainer.state
    state.model = try LSTM(state.model.configuration, parameters: group.firsts(state.model.parameters))
    try trainer.restore(state)
  }

  /// Where the run stands now: of interest where others may break off an update.
  var nowStanding: RunStanding<S> {
    let isCarried = group != nil && data.carriesState
    return RunStanding(
      place: record.place, skipped: record.skipped, carried: isCarried ? trainer.state.carried : nil)
  }

  /// Where training stands, of all sequences; in the first process, to which the others send what they carry.
  ///
  /// It uses nothing that all have to do together: it is in order when they have been asked to stop.
  ///
  /// - Parameter isLast: whether this process ends with it.
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

  /// Whether the longest time without a checkpoint has passed. Of several processes the first one says so, now and then.
  func isLongUnsaved() throws -> Bool {
    let isLong = clock.seconds - savedAt.seconds > Self.mostSecondsUnsaved
    guard let group else { return isLong }
    return record.step % 16 == 0 ? try group.agreed(isLong) : false
  }
}

extension TrainingState {
  /// What one of several processes goes on from.
  ///
  /// - Parameter sequences: those that are its own; none where windows do not go on from the ones before.
  func share(_ sequences: Range<Int>?) throws -> TrainingState {
    var share = self
    share.carried = try sequences.flatMap { try carried?.sequences($0) }
    return share
  }
}

extension TrainingPlan {
  /// Checks that every process gets a sequence of every batch.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where there are more processes than sequences.
  func require(processes: Int) throws(GatewiseError) {
    guard processes > batchSize else { return }
    throw .invalidArgument(
      "\(processes) processes share batches of \(batchSize) sequences, which leaves some without any; start at most "
        + "\(batchSize) processes, or give a larger --batch.")
  }
}

extension RunData {
  /// Whether windows go on from where the ones before ended.
  var carriesState: Bool { usesTokens }
}
