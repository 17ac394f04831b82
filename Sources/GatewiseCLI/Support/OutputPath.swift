import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A check that an output file does not replace an input file.
enum OutputPath {
  /// Checks that `output` is not one of the files that are read.
  ///
  /// - Throws: `ValidationError` naming the output.
  static func check(_ output: String, isNoneOf inputs: [String]) throws {
    guard let target = identity(output) else { return }
    for input in inputs where identity(input) == target {
      throw ValidationError("--output \(output) is a file that is read; give another path.")
    }
  }

  /// Returns the device and inode of the file at `path`, or nil if there is none.
  private static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}
