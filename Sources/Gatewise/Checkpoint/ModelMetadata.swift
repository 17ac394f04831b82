#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The metadata of a model file under `gatewise`, as JSON, with the options that names and shapes do not determine.
package struct ModelMetadata: Codable, Equatable {
  /// The key in the file's metadata.
  package static let key = "gatewise"
  /// The newest format. It increases when an older version of the library could misread a file.
  static let currentFormat = 3

  var format: Int
  package var configuration: LSTMConfiguration
  package var extras: [String: String]

  package init(configuration: LSTMConfiguration, extras: [String: String]) {
    self.configuration = configuration
    self.extras = extras
    format = configuration.format
  }

  /// Reads the metadata of `file`; nil if it was not written by Gatewise.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be decoded.
  init?(in file: any TensorFile) throws(GatewiseError) {
    guard let json = file.metadata[Self.key] else { return nil }
    try self.init(json: json, path: file.path)
  }

  /// Decodes the metadata text of a file at `path`.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be decoded.
  package init(json: String, path: String) throws(GatewiseError) {
    // The format number is decoded first, since a newer format may differ in everything else.
    struct Format: Decodable { let format: Int }
    do {
      let decoder = JSONDecoder()
      let format = try decoder.decode(Format.self, from: Data(json.utf8)).format
      guard (1...Self.currentFormat).contains(format) else {
        throw GatewiseError.file(
          path: path,
          problem:
            "is in format \(format), but this version of Gatewise reads formats 1 to \(Self.currentFormat); update "
            + "Gatewise."
        )
      }
      self = try decoder.decode(Self.self, from: Data(json.utf8))
    } catch let error as GatewiseError {
      throw error
    } catch {
      throw .file(
        path: path,
        problem: "its metadata \"\(Self.key)\" is damaged\(Self.place(error)); write the file again.")
    }
  }

  /// The text for the file, which is the same for the same content.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // There are only strings, numbers and Booleans, which JSON can always represent.
    guard let data = try? encoder.encode(self) else { preconditionFailure("metadata that JSON cannot represent") }
    return String(decoding: data, as: UTF8.self)
  }

  private static func place(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      " (\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing)"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "" : " (\(context.codingPath.map(\.stringValue).joined(separator: ".")) is invalid)"
    default: ""
    }
  }
}
