import Foundation
import Gatewise
import Testing

/// A fixture of PyTorch's outputs and gradients, from which the input files of commands are written.
struct Fixture {
  let file: SafetensorsFile
  let name: String

  /// The fixtures with gradients.
  static let all = ["lstm-l1", "lstm-l2", "lstm-l3", "packed-l2", "head-l2"].flatMap { ["\($0)-f64", "\($0)-f32"] }

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    self.name = name
    file = try SafetensorsFile(path: folder.appending(path: "GatewiseTests/Fixtures/\(name).safetensors").path)
  }

  /// The largest relative difference from PyTorch's results that passes.
  var tolerance: Double { name.hasSuffix("f64") ? 1e-10 : 1e-5 }

  /// The names of the parameters.
  var parameters: [String] { file.entries.map(\.name).filter { file["d.\($0)"] != nil } }

  /// Writes the parameters as a model file, with names that begin with `prefix`.
  func writeModel(to path: String, prefix: String = "") throws -> String {
    try SafetensorsFile.write(parameters.map { try tensor($0, named: prefix + $0) }, to: path)
    return path
  }

  /// Writes the inputs: `x`, and those of the others that the fixture contains.
  func writeInput(to path: String) throws -> String {
    let names = ["x", "lengths", "h0", "c0", "dy", "dhT", "dcT"].filter { file[$0] != nil }
    try SafetensorsFile.write(names.map { try tensor($0, named: $0) }, to: path)
    return path
  }

  private func tensor(_ name: String, named newName: String) throws -> SafetensorsFile.NamedTensor {
    let entry = try #require(file[name])
    switch entry.elementType {
    case .float64: return .init(newName, try file.tensor(name, as: Double.self))
    case .float32: return .init(newName, try file.tensor(name, as: Float.self))
    default: return try .init(newName, shape: entry.shape, integers: file.integers(name))
    }
  }
}

/// Returns max|a - b| / max|b| of two tensors, or infinity if shapes or types differ or an element is not finite.
func difference(
  _ name: String, in found: SafetensorsFile, from other: String, in expected: SafetensorsFile
) throws -> Double {
  guard let a = found[name], let b = expected[other], a.shape == b.shape, a.elementType == b.elementType else {
    return .infinity
  }
  let (x, y) = try (found.tensor(name, as: Double.self).elements, expected.tensor(other, as: Double.self).elements)
  let greatest = zip(x, y).reduce(0) { ($1.0 - $1.1).isFinite ? max($0, ($1.0 - $1.1).magnitude) : .infinity }
  return greatest == 0 ? 0 : greatest / (y.map(\.magnitude).max() ?? 0)
}
