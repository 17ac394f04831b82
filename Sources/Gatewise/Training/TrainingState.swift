/// The state of a training run, from which a trainer continues as if it had never stopped: the parameters, the
/// optimizer's state, the state carried between windows, and an average of the weights.
///
/// The settings of a trainer (loss, optimizer, schedule, rule, seed) are not included; dropout masks are computed from
/// the seed and the number of the update.
public struct TrainingState<S: Scalar>: Sendable {
  /// The model after the last update.
  public var model: LSTM<S>
  /// The number of updates, and the moments.
  package var optimizer: OptimizerState<S>
  /// The state at the end of the last window; nil if the next batch cannot continue it.
  package var carried: LSTMState<S>?
  /// The average of the weights, if the caller keeps one; a trainer neither sets nor reads it.
  package var average: WeightAverage<S>?

  /// Makes a state from its parts.
  package init(
    model: LSTM<S>, optimizer: OptimizerState<S>, carried: LSTMState<S>? = nil, average: WeightAverage<S>? = nil
  ) {
    (self.model, self.optimizer, self.carried, self.average) = (model, optimizer, carried, average)
  }
}
