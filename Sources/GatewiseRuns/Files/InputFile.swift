import Foundation
import Gatewise

/// Reading whole files from outside, with one sentence for everything that can go wrong.
enum InputFile {
  /// The kind of thing a path leads to.
  enum Kind { case file, folder, other }

  /// What stands at `path`, after following symbolic links.
  ///
  /// - Throws: `GatewiseError.file` where there is nothing.
  static func kind(of path: String) throws(GatewiseError) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .file(path: path, problem: reason(errno)) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// All bytes of a regular file.
  ///
  /// - Throws: `GatewiseError.file` where it is missing, a folder, not a regular file, or unreadable.
  static func bytes(at path: String) throws(GatewiseError) -> Data {
    switch try kind(of: path) {
    case .folder: throw .file(path: path, problem: "is a folder; name a file.")
    case .other: throw .file(path: path, problem: "is not a regular file.")
    case .file: break
    }
    guard access(path, R_OK) == 0 else { throw .file(path: path, problem: reason(errno)) }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .file(path: path, problem: "cannot be read: \(error.localizedDescription)")
    }
  }

  /// The text of a file, exactly as it stands there.
  ///
  /// - Throws: as `bytes(at:)`, and where the file is empty, holds NUL bytes or is not UTF-8.
  static func text(at path: String) throws(GatewiseError) -> String {
    let bytes = try bytes(at: path)
    guard !bytes.isEmpty else { throw .file(path: path, problem: "is empty.") }
    return try text(bytes, of: path)
  }

  /// Text from the bytes of the file `path`.
  static func text(_ bytes: Data, of path: String) throws(GatewiseError) -> String {
    if let nul = bytes.firstIndex(of: 0) {
      throw .file(path: path, problem: "is binary: byte \(nul) is NUL. Name a text file in UTF-8.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .file(path: path, problem: "is not text in UTF-8; convert it first.")
    }
    return text
  }

  private static func reason(_ number: Int32) -> String {
    switch number {
    case ENOENT, ENOTDIR: "there is no such file or folder."
    case EACCES: "reading it is not permitted."
    default: "cannot be read: \(String(cString: strerror(number)))."
    }
  }
}
