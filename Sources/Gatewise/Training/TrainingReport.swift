/// What one training step did. Where no step of the batch counted, loss, norm and rate are 0 and `step` stays.
///
/// Where several batches make one update, the report of the last one is that of all of them.
public struct TrainingReport: Sendable, Equatable {
  /// The number of updates made so far, this one included.
  public let step: Int
  /// The mean loss before the update of the batch, or of all that made the update.
  public let loss: Double
  /// The L2 norm of the gradient before clipping.
  public let gradientNorm: Double
  /// The learning rate that was used.
  public let learningRate: Double
  /// Steps of sequences in the batch, or in all that made the update, padding not counted.
  public let rows: Int
  /// Why the batch was passed over, where the trainer skips bad batches; nil where it was not.
  public let problem: String?
  /// How many batches wait for others to make an update with, this one included; 0 where there is nothing to wait for.
  public let waiting: Int

  init(
    step: Int, loss: Double, gradientNorm: Double, learningRate: Double, rows: Int, problem: String? = nil,
    waiting: Int = 0
  ) {
    (self.step, self.loss, self.gradientNorm, self.learningRate) = (step, loss, gradientNorm, learningRate)
    (self.rows, self.problem, self.waiting) = (rows, problem, waiting)
  }
}
