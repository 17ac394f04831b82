import Foundation
import Gatewise

/// The meaning of a model's inputs and outputs, stored as JSON in the model file so that the file alone can sample or
/// predict.
public enum ModelData: Sendable, Equatable, Codable {
  /// A model of text: inputs and outputs are tokens.
  case text(vocabulary: Vocabulary)
  /// A forecaster of a table's columns.
  case forecast(encoding: ForecastEncoding)
  /// A classifier of a table's sequences.
  case classification(encoding: ClassificationEncoding)

  /// The number of inputs and outputs of a model of this data.
  public var sizes: (input: Int, output: Int) {
    switch self {
    case .text(let vocabulary): (vocabulary.count, vocabulary.count)
    case .forecast(let encoding): (encoding.inputSize, encoding.outputSize)
    case .classification(let encoding): (encoding.inputSize, encoding.outputSize)
    }
  }

  /// Whether each output stands for a class (or token), one of which is to be chosen.
  public var hasClasses: Bool {
    switch self {
    case .text, .classification: true
    case .forecast: false
    }
  }

  /// The key of the JSON in a model file's extras.
  public static let extraName = "gatewise.data"

  /// The JSON for a model file's extras. Equal data give equal bytes.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding fails only for non-finite numbers, which an encoding never contains.
    guard let data = try? encoder.encode(self) else { preconditionFailure("model data that JSON cannot hold: \(self)") }
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads the data of a model file.
  ///
  /// - Parameters:
  ///   - extras: The texts stored with the model.
  ///   - path: The model file, for messages.
  /// - Returns: nil if the file holds none, like a file from PyTorch.
  /// - Throws: `GatewiseError.file` if the entry is damaged.
  public static func read(from extras: [String: String], path: String) throws(GatewiseError) -> ModelData? {
    guard let json = extras[extraName] else { return nil }
    do {
      return try JSONDecoder().decode(ModelData.self, from: Data(json.utf8))
    } catch {
      throw .file(path: path, problem: "its metadata \(extraName) is damaged: it does not describe the model's inputs.")
    }
  }
}
