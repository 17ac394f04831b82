/// What one training step did. Where no step of the batch counted, loss, norm and rate are 0 and `step` stays.
public struct TrainingReport: Sendable, Equatable {
  /// The number of updates made so far, this one included.
  public let step: Int
  /// The mean loss of the batch before the update.
  public let loss: Double
  /// The L2 norm of the gradient before clipping.
  public let gradientNorm: Double
  /// The learning rate that was used.
  public let learningRate: Double
  /// Steps of sequences in the batch, padding not counted.
  public let rows: Int
  /// Why the batch was passed over, where the trainer skips bad batches; nil where there was an update.
  public let problem: String?

  init(step: Int, loss: Double, gradientNorm: Double, learningRate: Double, rows: Int, problem: String? = nil) {
    (self.step, self.loss, self.gradientNorm, self.learningRate) = (step, loss, gradientNorm, learningRate)
    (self.rows, self.problem) = (rows, problem)
  }
}
