#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Refuses sizes that this process cannot hold before anything is allocated.
public enum MemoryLimit {
  /// Bytes of memory in this machine.
  public static let physicalBytes = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))

  /// Bytes that this process may still ask for: the machine's, or less where its control group or its limit on address
  /// space (`ulimit -v`) allows less.
  public static var bytes: Double {
    let group = controlGroupFiles.compactMap { firstNumber(inFile: $0) }.min() ?? .infinity
    return min(physicalBytes, group, addressSpace)
  }

  /// Checks that `bytes` fit.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that says what needs how much, and how much there is.
  public static func require(bytes: Double, for what: String) throws(GatewiseError) {
    let limit = Self.bytes
    guard bytes > limit else { return }
    throw .invalidArgument(
      "\(what) would take \(gibibytes(bytes)) GiB, but \(gibibytes(limit)) GiB are to be had; choose smaller sizes.")
  }

  /// Where a container's limit stands, in version 2 and version 1 of control groups; "max" or a number.
  private static let controlGroupFiles = [
    "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
  ]

  /// What the limit on address space leaves beside what is mapped already.
  private static var addressSpace: Double {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != .max else {
      return .infinity
    }
    let mapped = (firstNumber(inFile: "/proc/self/statm") ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
    return max(0, Double(limit.rlim_cur) - mapped)
  }

  /// The number at the start of a small file; nil where there is no such file or it starts with something else.
  private static func firstNumber(inFile path: String) -> Double? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, Int32(line.count), file) != nil, let first = line.first, first >= 48, first <= 57 else {
      return nil
    }
    return strtod(line, nil)
  }

  private static func gibibytes(_ bytes: Double) -> String {
    let tenths = (bytes / Double(1 << 30) * 10).rounded()
    guard tenths < 1e15 else { return "more than 10^14" }
    return "\(tenths / 10)"
  }
}
