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
  /// - Parameters:
  ///   - limit: the most bytes that such a file may have.
  ///   - copies: how many times its size the caller will have in memory.
  /// - Throws: `GatewiseError.file` where the file is missing, unreadable, empty, longer than `limit` or than the memory
  ///   allows, holds NUL bytes or is not UTF-8.
  static func text(at path: String, limit: Int = .max, copies: Int = 2) throws(GatewiseError) -> String {
    let file = try InputFile(path: path)
    if file.size <= limit { try MemoryLimit.require(bytes: Double(file.size) * Double(copies), toRead: path) }
    let bytes = try file.readAll(limit: limit)
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw try problem(of: DataFile(path: path))
    }
    return text
  }

  /// Writes a text as the file at `path`, whole or not at all; one that holds it already is left alone.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be written.
  static func put(_ text: String, to path: String) throws(GatewiseError) {
    if isRegular(path), let bytes = try? InputFile(path: path).readAll(), bytes.elementsEqual(text.utf8) { return }
    try AtomicFile.write(text, to: path)
  }

  /// The bytes that may stand before a text in UTF-8.
  static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// What is wrong with a file whose bytes are not text.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be read.
  static func problem(of file: DataFile) throws(GatewiseError) -> GatewiseError {
    if file.size == byteOrderMark.count, file.memory?.elementsEqual(byteOrderMark) == true {
      return .file(path: file.path, problem: "holds a byte-order mark and no text; name another file.")
    }
    return try TextFault.first(in: file)
      ?? .file(path: file.path, problem: "was changed while it was read; begin again when it is whole.")
  }
}
