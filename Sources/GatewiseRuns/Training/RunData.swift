import Foundation
import Gatewise

/// The data of a run: a text, or a table to forecast or to classify.
public enum RunData: Sendable {
  /// A text as a sequence of tokens.
  case text(TextData)
  /// A table of numbers over time.
  case forecast(ForecastData)
  /// A table of sequences with one class each.
  case classification(ClassificationData)

  /// The data's description in the model file, so that the file alone can sample or predict.
  public var modelData: ModelData {
    switch self {
    case .text(let data): .text(vocabulary: data.vocabulary)
    case .forecast(let data): .forecast(encoding: data.series.encoding)
    case .classification(let data): .classification(encoding: data.encoding)
    }
  }

  /// The readout of a model of this data.
  public var readout: LSTMConfiguration.Readout {
    let outputs = modelData.sizes.output
    if case .classification = self { return .init(outputSize: outputs, position: .lastStep) }
    return .init(outputSize: outputs, position: .everyStep)
  }

  /// The loss to minimize.
  public var loss: any Loss {
    if case .forecast = self { return MeanSquaredError() }
    return SoftmaxCrossEntropy()
  }

  /// The unit in which losses are shown.
  public var lossUnit: LossUnit {
    switch self {
    case .text(let data): data.vocabulary.unit == .bytes ? .bitsPerByte : .bitsPerCharacter
    case .forecast: .squaredDeviations
    case .classification: .crossEntropy
    }
  }

  /// Whether the model reads tokens instead of numbers.
  var usesTokens: Bool {
    if case .text = self { return true }
    return false
  }

  /// The amount of training data: a text's tokens, a table's rows, or its sequences.
  var trainingCount: Int {
    switch self {
    case .text(let data): data.training.count
    case .forecast(let data): data.firstHeldOutRow - data.series.encoding.horizon
    case .classification(let data): data.training.count
    }
  }

  /// Returns the source of the training batches.
  ///
  /// - Parameter share: The share of the sequences of each batch.
  /// - Throws: `GatewiseError` if there is too little data for the plan's batches.
  func trainingSource<S: Scalar>(
    _: S.Type, plan: TrainingPlan, share: SourceShare = .whole
  ) throws(GatewiseError) -> any ResumableSource<S> {
    switch self {
    case .text(let data):
      var source = try data.trainingSource(S.self, batchSize: plan.batchSize, window: plan.window)
      source.share = share
      return PrefetchedSource(source)
    case .forecast(let data):
      var source = try data.trainingSource(S.self, batchSize: plan.batchSize, window: plan.window, seed: plan.seed)
      source.share = share
      // Copying from memory costs less than the exchange of batches, which took 5 % of the speed of small models on two
      // cores.
      return data.series.isInMemory ? source : PrefetchedSource(source)
    case .classification(let data):
      var source = try data.trainingSource(S.self, batchSize: plan.batchSize, seed: plan.seed)
      source.share = share
      return source
    }
  }

  /// Returns the source of the validation batches, with the same windows of carried state; nil if nothing is held out.
  ///
  /// - Throws: `GatewiseError` if there is too little data for them.
  func validationSource<S: Scalar>(_: S.Type, plan: TrainingPlan) throws(GatewiseError) -> (any BatchSource<S>)? {
    switch self {
    case .text(let data): try data.validationSource(S.self, batchSize: plan.batchSize, window: plan.window)
    case .forecast(let data): data.validationSource(S.self, window: plan.window)
    case .classification(let data): try data.validationSource(S.self, batchSize: plan.batchSize)
    }
  }
}

/// The unit in which the losses of a run are shown.
public enum LossUnit: String, Sendable, Codable {
  /// The cross entropy of a text's next character.
  case bitsPerCharacter = "bits per character"
  /// The cross entropy of the next byte.
  case bitsPerByte = "bits per byte"
  /// A forecaster's mean squared error, in squared standard deviations.
  case squaredDeviations = "mean squared error, standardized"
  /// A classifier's cross entropy.
  case crossEntropy = "cross entropy in nats"

  /// The factor from the trainer's loss, whose cross entropies are in nats, to this unit.
  public var scale: Double {
    switch self {
    case .bitsPerCharacter, .bitsPerByte: 1 / log(2)
    case .squaredDeviations, .crossEntropy: 1
    }
  }

  /// The short name in progress lines.
  public var short: String {
    switch self {
    case .bitsPerCharacter: "bits/char"
    case .bitsPerByte: "bits/byte"
    case .squaredDeviations, .crossEntropy: "loss"
    }
  }
}
