import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Guards against results that would replace what they are made from.
enum OutputPath {
  /// Checks that `output` is none of the files that are read.
  ///
  /// - Throws: `ValidationError`, wrong usage.
  static func check(_ output: String, isNoneOf inputs: [String]) throws {
    guard let target = identity(output) else { return }
    for input in inputs where identity(input) == target {
      throw ValidationError("--output \(output) is the file that is read; name another one.")
    }
  }

  /// Which file a path leads to; nil where there is none.
  private static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}
