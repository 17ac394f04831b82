import Gatewise
import GatewiseRuns

/// Files of named tensors: NumPy archives if the name ends in .npz, otherwise safetensors files.
enum TensorFiles {
  /// Opens the file at `path`.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be read or is damaged.
  static func open(_ path: String) throws(GatewiseError) -> any TensorFile {
    if PickledFile.isNamed(path) { throw .file(path: path, problem: PickledFile.problem) }
    return if isArchive(path) { try NPZFile(path: path) } else { try SafetensorsFile(path: path) }
  }

  /// Writes tensors atomically to the file at `path`.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be written.
  static func write(_ tensors: [SafetensorsFile.NamedTensor], to path: String) throws(GatewiseError) {
    if isArchive(path) { try NPZFile.write(tensors, to: path) } else { try SafetensorsFile.write(tensors, to: path) }
  }

  private static func isArchive(_ path: String) -> Bool { path.lowercased().hasSuffix(".npz") }
}
