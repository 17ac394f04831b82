import Foundation
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

  /// Whether every output of a model of this data stands for a class, a token among them, of which one is to be chosen.
  public var hasClasses: Bool {
    switch self {
    case .text, .classification: true
    case .forecast: false
    }
  }

  /// The name under which the JSON stands among a model file's extras.
  public static let extraName = "gatewise.data"

  /// The JSON for a model file's extras, the same bytes for the same data.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding fails for numbers that are not finite only, and an encoding is made of none.
    guard let data = try? encoder.encode(self) else { preconditionFailure("model data that JSON cannot hold: \(self)") }
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads the data of a model file.
  ///
  /// - Parameters:
  ///   - extras: The texts stored beside the model.
  ///   - path: The model file, for messages.
  /// - Returns: nil where the file holds none, as a file from PyTorch.
  /// - Throws: `GatewiseError.file` where there is something that is not such data.
  public static func read(from extras: [String: String], path: String) throws(GatewiseError) -> ModelData? {
    guard let json = extras[extraName] else { return nil }
    do {
      return try JSONDecoder().decode(ModelData.self, from: Data(json.utf8))
    } catch {
      throw .file(path: path, problem: "its metadata \(extraName) is damaged: it does not say what the inputs are.")
    }
  }
}
