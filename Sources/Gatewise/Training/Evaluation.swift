/// The result of evaluating a model on some batches.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The loss.
  package var loss = LossSum()
  /// Further measures of the raw outputs, which are logits for a loss that converts them to probabilities.
  package var measures = OutputMeasures()

  /// Makes an empty evaluation.
  package init() {}

  /// The mean loss; 0 if the total weight is 0.
  public var mean: Double { loss.mean }
  /// The fraction of rows whose largest output, the first of equal ones, is that of their class; nil for a loss on
  /// values, and if the total weight is 0.
  public var accuracy: Double? { measures.accuracy }
  /// The mean absolute error of each output, `[K]`, in the unit of the targets; empty for a loss on classes.
  public var meanAbsoluteErrors: [Double] { measures.meanAbsoluteErrors }
  /// The root mean square error of each output, `[K]`, in the unit of the targets; empty for a loss on classes.
  public var rootMeanSquareErrors: [Double] { measures.rootMeanSquareErrors }
}
