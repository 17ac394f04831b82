import Gatewise

extension TrainingPlan {
  /// Returns the model at the start of training: a trained one, or a new one.
  ///
  /// - Throws: `GatewiseError.file` if the model cannot be read.
  func model<S: Scalar>(startingFrom start: StartingModel?, _: S.Type = S.self) throws -> LSTM<S> {
    try start.map { try $0.file.model(as: S.self) }
      ?? LSTM<S>(configuration, initialization: initialization, seed: seed)
  }

  /// Returns a trainer for this plan, optionally with another optimizer or schedule.
  ///
  /// - Throws: `GatewiseError` if a setting does not fit the model.
  func trainer<S: Scalar>(
    of model: LSTM<S>, for data: RunData, optimizer: (any Optimizer)? = nil, schedule: Schedule? = nil,
    group: (any RunGroup)? = nil, execution: Execution
  ) throws -> Trainer<S> {
    try Trainer(
      model, loss: data.loss, optimizer: optimizer ?? self.optimizer, schedule: schedule ?? self.schedule,
      clipping: clipping, rule: rule, skipsBadBatches: skipsBadBatches, accumulation: accumulation, processes: group,
      seed: seed, execution: execution)
  }
}
