import Foundation
import Gatewise

/// What a run learns from: a text, or a table to forecast or to classify.
public enum RunData: Sendable {
  /// A text, one token after the other.
  case text(TextData)
  /// A table of numbers in time.
  case forecast(ForecastData)
  /// A table of sequences with a class each.
  case classification(ClassificationData)

  /// What is kept in the model file, so that the file alone can sample or predict.
  public var modelData: ModelData {
    switch self {
    case .text(let data): .text(vocabulary: data.vocabulary)
    case .forecast(let data): .forecast(encoding: data.series.encoding)
    case .classification(let data): .classification(encoding: data.encoding)
    }
  }

  /// The readout that a model of this data has.
  public var readout: LSTMConfiguration.Readout {
    let outputs = modelData.sizes.output
    if case .classification = self { return .init(outputSize: outputs, position: .lastStep) }
    return .init(outputSize: outputs, position: .everyStep)
  }

  /// What is minimized.
  public var loss: any Loss {
    if case .forecast = self { return MeanSquaredError() }
    return SoftmaxCrossEntropy()
  }

  /// What losses are shown in.
  public var lossUnit: LossUnit {
    switch self {
    case .text(let data): data.vocabulary.unit == .bytes ? .bitsPerByte : .bitsPerCharacter
    case .forecast: .squaredDeviations
    case .classification: .crossEntropy
    }
  }

  /// Whether the model reads tokens rather than numbers.
  var usesTokens: Bool {
    if case .text = self { return true }
    return false
  }

  /// What can be learned from, counted: a text's tokens, a table's rows, or its sequences.
  var trainingCount: Int {
    switch self {
    case .text(let data): data.training.count
    case .forecast(let data): data.firstHeldOutRow - data.series.encoding.horizon
    case .classification(let data): data.training.count
    }
  }

  /// The batches to train on.
  ///
  /// - Parameter share: which sequences of each.
  /// - Throws: `GatewiseError` where there is too little data for the plan's batches.
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
      // Copying from memory takes less than handing over: small models lost a twentieth on two cores.
      return data.series.isInMemory ? source : PrefetchedSource(source)
    case .classification(let data):
      var source = try data.trainingSource(S.self, batchSize: plan.batchSize, seed: plan.seed)
      source.share = share
      return source
    }
  }

  /// The batches to judge the model on, with the same windows of carried state; nil where nothing is held out.
  ///
  /// - Throws: `GatewiseError` where there is too little data for them.
  func validationSource<S: Scalar>(_: S.Type, plan: TrainingPlan) throws(GatewiseError) -> (any BatchSource<S>)? {
    switch self {
    case .text(let data): try data.validationSource(S.self, batchSize: plan.batchSize, window: plan.window)
    case .forecast(let data): data.validationSource(S.self, window: plan.window)
    case .classification(let data): try data.validationSource(S.self, batchSize: plan.batchSize)
    }
  }
}

/// What the losses of a run are shown in.
public enum LossUnit: String, Sendable, Codable {
  /// How well a text's next character is guessed.
  case bitsPerCharacter = "bits per character"
  /// How well the next byte is guessed.
  case bitsPerByte = "bits per byte"
  /// A forecaster's mean squared error, in squared standard deviations.
  case squaredDeviations = "mean squared error, standardized"
  /// A classifier's cross entropy.
  case crossEntropy = "cross entropy in nats"

  /// What a loss of the trainer is multiplied by: its cross entropies are in nats.
  public var scale: Double {
    switch self {
    case .bitsPerCharacter, .bitsPerByte: 1 / log(2)
    case .squaredDeviations, .crossEntropy: 1
    }
  }

  /// The name on a line of progress.
  public var short: String {
    switch self {
    case .bitsPerCharacter: "bits/char"
    case .bitsPerByte: "bits/byte"
    case .squaredDeviations, .crossEntropy: "loss"
    }
  }
}
