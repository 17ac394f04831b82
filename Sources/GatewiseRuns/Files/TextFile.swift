import Foundation
import Gatewise

/// Reading files of text from outside, exactly as they stand there.
enum TextFile {
  /// Whether a folder stands at `path`, after following symbolic links.
  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Whether a regular file stands at `path`, after following symbolic links.
  static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The text of a file.
  ///
  /// - Parameter limit: The most bytes of text that are expected.
  /// - Throws: `GatewiseError.file` where the file is missing, unreadable, empty or too long, holds NUL bytes or is not
  ///   UTF-8.
  static func text(at path: String, limit: Int = .max) throws(GatewiseError) -> String {
    let bytes = try InputFile(path: path).readAll(limit: limit)
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw try problem(of: DataFile(path: path))
    }
    return text
  }

  /// What is wrong with a file whose bytes are not text.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be read.
  static func problem(of file: DataFile) throws(GatewiseError) -> GatewiseError {
    try TextFault.first(in: file)
      ?? .file(path: file.path, problem: "was changed while it was read; begin again when it is whole.")
  }
}
