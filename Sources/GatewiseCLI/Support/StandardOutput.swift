import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What commands print.
enum StandardOutput {
  /// Sends on what has been printed so far. Results that do not arrive, as on a full disk, are a failure.
  ///
  /// - Throws: `GatewiseError.file`.
  static func flush() throws(GatewiseError) {
    guard fflush(nil) == 0 else { throw .file(path: "standard output", problem: "cannot be written to.") }
  }
}
