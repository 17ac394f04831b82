import Gatewise

/// What a trained model's numbers mean: kept as JSON in the model file, so that the file alone can sample or predict.
public enum ModelData: Sendable, Equatable, Codable {
  /// A model of text: inputs and outputs are tokens.
  case text(vocabulary: Vocabulary)
  /// A forecaster of a table's columns.
  case forecast(encoding: ForecastEncoding)
  /// A classifier of a table's sequences.
  case classification(encoding: ClassificationEncoding)

  /// The number of inputs and outputs that a model of this data has.
  public var sizes: (input: Int, output: Int) {
    switch self {
    case .text(let vocabulary): (vocabulary.count, vocabulary.count)
    case .forecast(let encoding): (encoding.inputSize, encoding.outputSize)
    case .classification(let encoding): (encoding.inputSize, encoding.outputSize)
    }
  }
}
