import Foundation
import Gatewise

/// Reads and writes text files unchanged.
enum TextFile {
  /// Whether there is a folder at `path`, after following symbolic links.
  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Whether there is a regular file at `path`, after following symbolic links.
  static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Returns the text of a file.
  ///
  /// - Parameters:
  ///   - limit: The largest number of bytes allowed.
  ///   - copies: How many times its size the caller will hold in memory.
  /// - Throws: `GatewiseError.file` if the file is missing, unreadable, empty, longer than `limit` or than the memory
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

  /// Writes a text atomically to the file at `path`; a file that holds it already is not touched.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be written.
  static func put(_ text: String, to path: String) throws(GatewiseError) {
    if isRegular(path), let bytes = try? InputFile(path: path).readAll(), bytes.elementsEqual(text.utf8) { return }
    try AtomicFile.write(text, to: path)
  }

  /// The byte-order mark that may precede a text in UTF-8.
  static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// Returns the error for a file whose bytes are not text.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be read.
  static func problem(of file: DataFile) throws(GatewiseError) -> GatewiseError {
    if file.size == byteOrderMark.count, file.memory?.elementsEqual(byteOrderMark) == true {
      return .file(path: file.path, problem: "holds only a byte-order mark and no text; name another file.")
    }
    return try TextFault.first(in: file)
      ?? .file(path: file.path, problem: "was changed while it was read; try again when it is complete.")
  }
}
