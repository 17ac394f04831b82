/// The result of evaluating a model on some batches.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The loss.
  package var loss = LossSum()
  /// Further measures of the raw outputs, which are logits for a loss that converts them to probabilities.
  public var measures = OutputMeasures()

  /// Makes an empty evaluation.
  package init() {}

  /// The mean loss; 0 if the total weight is 0.
  public var mean: Double { loss.mean }
}
