import Foundation
import Gatewise

/// A format of files: what is mutated, how, and how it is read.
struct Format {
  let name: String
  private let kind: any FuzzedKind

  static let names = [
    "csv", "text", "yaml", "npy", "npz", "keras-npz", "safetensors", "checkpoint", "onnx",
  ]

  /// - Parameters:
  ///   - folder: Where seeds may be written.
  ///   - fixtures: The folder Tests of the package.
  init(_ name: String, folder: String, fixtures: String) throws {
    self.name = name
    let seeds = Seeds(folder: folder, fixtures: fixtures)
    kind =
      switch name {
      case "csv": CSVKind()
      case "text": TextKind()
      case "yaml": YAMLKind()
      case "npy": try NumPyKind(seeds)
      case "npz": try ArchiveKind(seeds, isKeras: false)
      case "keras-npz": try ArchiveKind(seeds, isKeras: true)
      case "safetensors": try TensorsKind(seeds, isCheckpoint: false)
      case "checkpoint": try TensorsKind(seeds, isCheckpoint: true)
      default: try ONNXKind(seeds)
      }
  }

  var suffix: String { kind.suffix }

  /// The bytes of a mutant.
  func mutant(_ number: Int, seed: UInt64) -> [UInt8] {
    var random = RandomStream(seed: seed, name: "\(name) \(number)")
    return kind.mutant(&random)
  }

  /// Reads a file in every way in which the format is read.
  func read(_ path: String) throws { try kind.read(path) }

  /// What a file may take in memory: its size, for an archive its uncompressed size.
  func size(_ bytes: [UInt8]) -> Int { kind.size(bytes) }
}

/// A format, behind `Format`.
protocol FuzzedKind {
  /// How the files' names end.
  var suffix: String { get }
  /// Draws a mutant.
  func mutant(_ random: inout RandomStream) -> [UInt8]
  /// - Throws: `GatewiseError` where the file is refused, anything else where it fails.
  func read(_ path: String) throws
  func size(_ bytes: [UInt8]) -> Int
}

extension FuzzedKind {
  func size(_ bytes: [UInt8]) -> Int { bytes.count }
}

/// What two readers of one format say differently.
struct Disagreement: Error, CustomStringConvertible {
  let description: String
}

/// Whole files to begin with.
struct Seeds {
  let folder: String
  let fixtures: String

  /// The bytes that `write` leaves at the path that it is given.
  func written(_ suffix: String, _ write: (String) throws -> Void) throws -> [UInt8] {
    let path = "\(folder)/seed-\(UUID().uuidString).\(suffix)"
    defer { unlink(path) }
    try write(path)
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The fixtures of a folder of Tests with some ending, in the order of their names; none where there is no such
  /// folder.
  func files(_ path: String, suffix: String, limit: Int = 1 << 15) -> [[UInt8]] {
    let folder = "\(fixtures)/\(path)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
    return names.filter { $0.hasSuffix(suffix) }.compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
      .filter { $0.count <= limit }.map { Array($0) }
  }

  /// Models with all that a file can hold.
  static let configurations = [
    LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], readout: .init(outputSize: 1)),
    LSTMConfiguration(
      inputSize: 2, hiddenSizes: [4, 4], isBidirectional: true, projection: .init(size: 4, clip: 0.5),
      cell: MemoryCell(
        gating: .keepInput, gateActivation: .hardSigmoid(alpha: 0.2, beta: 0.5), preActivationClip: 1, cellClip: 2),
      peepholes: true, normalization: .productsAndCell, embeddingSize: 2,
      regularization: Regularization(betweenLayers: 0.1, zoneoutCell: 0.2), learnsInitialState: true),
    LSTMConfiguration(
      inputSize: 3, hiddenSizes: [4, 4], cell: .lstm2000(cellsPerBlock: 2), biases: .none, normalization: .gates,
      isResidual: true),
  ]
}
