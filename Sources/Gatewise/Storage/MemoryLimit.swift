#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Refuses sizes that this machine cannot hold before anything is allocated.
public enum MemoryLimit {
  /// Bytes of memory in this machine.
  public static let physicalBytes = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))

  /// Checks that `bytes` fit the machine's memory.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that says what needs how much, and how much there is.
  public static func require(bytes: Double, for what: String) throws(GatewiseError) {
    guard bytes > physicalBytes else { return }
    throw .invalidArgument(
      "\(what) would take \(gibibytes(bytes)) GiB, but this machine has \(gibibytes(physicalBytes)) GiB; "
        + "choose smaller sizes.")
  }

  private static func gibibytes(_ bytes: Double) -> String {
    let tenths = (bytes / Double(1 << 30) * 10).rounded()
    guard tenths < 1e15 else { return "more than 10^14" }
    return "\(tenths / 10)"
  }
}
