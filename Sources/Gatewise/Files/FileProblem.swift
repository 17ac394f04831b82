#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The error sentences for files that cannot be read or written.
enum FileProblem {
  /// Checks that a path can be the path of a file.
  static func checkPath(_ path: String) throws(GatewiseError) {
    guard !path.isEmpty else { throw .file(path: "\"\"", problem: "the path is empty; name a file.") }
    // C functions would truncate the path at the zero and use a different file.
    guard !path.utf8.contains(0) else {
      throw .file(path: path.debugDescription, problem: "the path contains a zero byte; name a file.")
    }
    guard !path.hasSuffix("/") else { throw .file(path: path, problem: "is the name of a folder; name a file.") }
  }

  /// Returns the folder that contains `path`, without a trailing slash except for the root.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Returns the error for a file that could not be written; `code` is the value of `errno`.
  static func writing(_ path: String, code: Int32) -> GatewiseError {
    let problem =
      switch code {
      case ENOENT where access(folder(of: path), F_OK) == 0: "no file can be created here; choose another place."
      case ENOENT: "the folder \(folder(of: path)) does not exist; create it first."
      case ENOTDIR: notAFolder(path)
      case EISDIR: "is a folder; name a file to write."
      case EACCES, EPERM: "cannot be written: permission is denied; choose another place or change the permissions."
      case EROFS: "cannot be written: the file system is read-only; choose another place."
      case ENOSPC, EDQUOT:
        "cannot be saved: no space is left on the disk; free some and try again. Nothing was changed."
      case EFBIG:
        "cannot be saved: the file-size limit of this process is reached; raise it (ulimit -f) and try again."
          + " Nothing was changed."
      case ENAMETOOLONG: "the name is too long for the file system; choose a shorter one."
      default: "cannot be written: \(reason(code)). Nothing was changed."
      }
    return .file(path: path, problem: problem)
  }

  /// Returns the error for a file that could not be read; `code` is the value of `errno`.
  static func reading(_ path: String, code: Int32) -> GatewiseError {
    let problem =
      switch code {
      case ENOENT: "there is no such file; check the path."
      case ENOTDIR: notAFolder(path)
      case EISDIR: "is a folder; name a file."
      case EACCES, EPERM: "cannot be read: permission is denied; change the permissions."
      case ENAMETOOLONG: "the name is too long for the file system; check the path."
      default: "cannot be read: \(reason(code))."
      }
    return .file(path: path, problem: problem)
  }

  private static func notAFolder(_ path: String) -> String {
    var ancestor = folder(of: path)
    var status = stat()
    while ancestor.contains("/"), ancestor != "/", stat(ancestor, &status) != 0 { ancestor = folder(of: ancestor) }
    return "\(ancestor) is a file and not a folder; choose another place."
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }
}
