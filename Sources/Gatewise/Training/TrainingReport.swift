/// The result of one training step. For a batch with total weight 0, loss, norm and rate are 0 and `step` is unchanged.
///
/// If several batches make one update, the report of the last one covers all of them.
public struct TrainingReport: Sendable, Equatable {
  /// The number of updates so far, including this one.
  public let step: Int
  /// The mean loss before the update, of the batch or of all batches of the update.
  public let loss: Double
  /// The L2 norm of the gradient before clipping.
  public let gradientNorm: Double
  /// The learning rate of the update.
  public let learningRate: Double
  /// The number of steps of the sequences of the batch, or of all batches of the update, without padding.
  public let rows: Int
  /// The reason why the batch was skipped; nil if it was not.
  public let problem: String?
  /// The number of batches accumulated for the next update, including this one; 0 after an update.
  public let waiting: Int

  init(
    step: Int, loss: Double, gradientNorm: Double, learningRate: Double, rows: Int, problem: String? = nil,
    waiting: Int = 0
  ) {
    (self.step, self.loss, self.gradientNorm, self.learningRate) = (step, loss, gradientNorm, learningRate)
    (self.rows, self.problem, self.waiting) = (rows, problem, waiting)
  }
}
