/// How a model did on some batches.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The loss.
  public var loss = LossSum()
  /// What else was measured of the outputs as they are: of a loss that makes probabilities of them, those of logits.
  public var measures = OutputMeasures()

  /// Of nothing yet.
  public init() {}

  /// The mean loss; 0 where nothing counted.
  public var mean: Double { loss.mean }
}

extension Trainer {
  /// How a model does over one epoch of a source, or over what is left of the epoch that it stands in: for example the
  /// average of the weights. What is trained, and the state that training carries, stay as they are.
  ///
  /// - Parameters:
  ///   - model: a model of the configuration that is trained.
  ///   - source: where batches come from.
  /// - Throws: `GatewiseError` where the model has another configuration, a batch does not fit the model or the loss,
  ///   or the source has no batches.
  public func evaluate(_ model: LSTM<S>, on source: inout some BatchSource<S>) throws -> Evaluation {
    guard model.configuration == self.model.configuration else {
      throw GatewiseError.invalidArgument(
        "The model to evaluate has another configuration than the one that is trained; give one of the same.")
    }
    let trained = self.model
    self.model = model
    defer { self.model = trained }
    var evaluation = Evaluation()
    try forEachBatch(of: &source) { batch, pass in
      let sum = try forward(batch, in: pass, wantsError: false) { segment in
        pass.workspace.addMeasures(loss, on: batch, from: segment.start, to: &evaluation.measures)
      }
      evaluation.loss.weightedLoss += sum.weightedLoss
      evaluation.loss.weight += sum.weight
    }
    return evaluation
  }
}
