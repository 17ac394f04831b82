import Gatewise

extension TrainingPlan {
  /// The model that training starts from: one that was trained before, or a new one.
  ///
  /// - Throws: `GatewiseError.file` where the model cannot be read.
  func model<S: Scalar>(startingFrom start: StartingModel?, _: S.Type = S.self) throws -> LSTM<S> {
    try start.map { try $0.file.model(as: S.self) }
      ?? LSTM<S>(configuration, initialization: initialization, seed: seed)
  }

  /// A trainer that does what the plan says, but for the learning rate where another optimizer or schedule is given.
  ///
  /// - Throws: `GatewiseError` where a setting does not fit the model.
  func trainer<S: Scalar>(
    of model: LSTM<S>, for data: RunData, optimizer: (any Optimizer)? = nil, schedule: Schedule? = nil,
    group: (any RunGroup)? = nil, execution: Execution
  ) throws -> Trainer<S> {
    try Trainer(
      model, loss: data.loss, optimizer: optimizer ?? self.optimizer, schedule: schedule ?? self.schedule,
      clipping: clipping, rule: rule, skipsBadBatches: skipsBadBatches, accumulation: accumulation, group: group,
      seed: seed, execution: execution)
  }
}
