/// The result of evaluating a model on some batches.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The loss.
  public var loss = LossSum()
  /// Further measures of the raw outputs, which are logits for a loss that converts them to probabilities.
  public var measures = OutputMeasures()

  /// Makes an empty evaluation.
  public init() {}

  /// The mean loss; 0 if the total weight is 0.
  public var mean: Double { loss.mean }
}

extension Trainer {
  /// Evaluates a model, for example the average of the weights, on one epoch of a source or on the rest of its current
  /// epoch. The trainer's model and its carried state do not change.
  ///
  /// - Parameters:
  ///   - model: a model with the configuration of the trainer's model.
  ///   - source: the source of batches.
  /// - Throws: `GatewiseError` if the model has a different configuration, a batch does not match the model or the
  ///   loss, or the source has no batches.
  public func evaluate(_ model: LSTM<S>, on source: inout some BatchSource<S>) throws -> Evaluation {
    guard model.configuration == self.model.configuration else {
      throw GatewiseError.invalidArgument(
        "The model to evaluate must have the configuration of the trained model, but has a different one.")
    }
    let trained = self.model
    self.model = model
    defer { self.model = trained }
    var evaluation = Evaluation()
    try forEachBatch(of: &source) { batch, pass in
      let sum = try forward(batch, in: pass, wantsError: false) { segment in
        pass.engine.losses.addMeasures(loss, on: batch, outputs: pass.engine.output, to: &evaluation.measures)
      }
      evaluation.loss.weightedLoss += sum.weightedLoss
      evaluation.loss.weight += sum.weight
    }
    return evaluation
  }
}
