/// All that a trainer needs to go on as if it had never stopped: the parameters, what the optimizer remembers, the
/// state that windows carry on, and what else is kept between updates.
///
/// What a trainer was made with (loss, optimizer, schedule, rule, seed) is not in it; what is dropped at random is a
/// function of the seed and the number of the update.
public struct TrainingState<S: Scalar>: Sendable {
  /// The model after the last update.
  public var model: LSTM<S>
  /// The number of updates made, and the moments.
  public var optimizer: OptimizerState<S>
  /// The state in which the last window ended; nil where the next batch has to start anew.
  public var carried: LSTMState<S>?
  /// The average of the weights, where the caller keeps one: a trainer neither gives nor takes it.
  public var average: WeightAverage<S>?

  /// A state from its parts.
  public init(
    model: LSTM<S>, optimizer: OptimizerState<S>, carried: LSTMState<S>? = nil, average: WeightAverage<S>? = nil
  ) {
    (self.model, self.optimizer, self.carried, self.average) = (model, optimizer, carried, average)
  }
}
