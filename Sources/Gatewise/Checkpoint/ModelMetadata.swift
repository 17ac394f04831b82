#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a model file says in its metadata under `gatewise`, as JSON: what names and shapes do not say.
package struct ModelMetadata: Codable, Equatable {
  /// The key in the file's metadata.
  package static let key = "gatewise"
  /// Grows whenever a file could be misread by an older version of the library.
  static let currentFormat = 3

  var format: Int
  package var configuration: LSTMConfiguration
  package var extras: [String: String]

  package init(configuration: LSTMConfiguration, extras: [String: String]) {
    self.configuration = configuration
    self.extras = extras
    format = configuration.format
  }

  /// The metadata of `file`; nil where it was not written by Gatewise.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be understood.
  init?(in file: any TensorFile) throws(GatewiseError) {
    guard let json = file.metadata[Self.key] else { return nil }
    try self.init(json: json, path: file.path)
  }

  /// The metadata in the text of a file at `path`.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be understood.
  package init(json: String, path: String) throws(GatewiseError) {
    // The number comes first: a newer format may be unreadable in every other way.
    struct Format: Decodable { let format: Int }
    do {
      let decoder = JSONDecoder()
      let format = try decoder.decode(Format.self, from: Data(json.utf8)).format
      guard (1...Self.currentFormat).contains(format) else {
        throw GatewiseError.file(
          path: path,
          problem:
            "is in format \(format), but this version of Gatewise reads formats 1 to \(Self.currentFormat); update it."
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

  /// The text for the file, the same for the same content.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings, whole numbers and truth values only: there is nothing that JSON could not express.
    guard let data = try? encoder.encode(self) else { preconditionFailure("metadata that JSON cannot express") }
    return String(decoding: data, as: UTF8.self)
  }

  private static func place(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      " (\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing)"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "" : " (\(context.codingPath.map(\.stringValue).joined(separator: ".")) is not what it should be)"
    default: ""
    }
  }
}
