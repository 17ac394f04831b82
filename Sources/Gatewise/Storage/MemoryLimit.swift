import Synchronization

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

  /// Bytes that this process may still ask for: what the machine has beside what the process holds, or less where a
  /// control group or the limit on address space (`ulimit -v`) leaves less.
  public static var bytes: Double { left(addressSpace: 0) }

  /// The most bytes that this process was to hold by any check that it has passed, what it held then among them.
  public static var planned: Double { Double(mostPlanned.load(ordering: .relaxed)) }

  private static let mostPlanned = Atomic<Int>(0)

  /// What a process takes beside what is checked: small arrays, and pages of the program that are first used later.
  private static let spare = Double(4 << 20)

  private static let smallest = Double(1 << 20)

  /// Checks that `bytes` fit beside what the process holds. What is used at one time is checked at once, as memory that
  /// is only asked for is not held yet.
  ///
  /// - Parameters:
  ///   - bytes: what will be written to.
  ///   - addressSpace: bytes of addresses beside that, which a library takes and hardly writes to.
  ///   - what: begins the sentence.
  /// - Throws: `GatewiseError.invalidArgument` that says what needs how much, and how much there is.
  public static func require(
    bytes: Double, addressSpace: Double = 0, for what: String
  ) throws(GatewiseError) {
    // What is below the spare memory is not worth looking at the system's figures.
    guard bytes + addressSpace > smallest else { return }
    let limit = left(addressSpace: addressSpace)
    guard bytes + spare <= limit else {
      if addressSpace > 0, bytes + spare <= left(addressSpace: 0) {
        throw .invalidArgument(
          "\(what) would take \(text(addressSpace + bytes)) of addresses, but the limit on them (ulimit -v) leaves "
            + "\(text(left(addressSpace: 0))); raise it, or choose fewer threads or smaller sizes.")
      }
      throw .invalidArgument(
        "\(what) would take \(text(bytes)), but \(text(max(0, limit - spare))) are to be had; choose smaller sizes.")
    }
    let planned = Int(held.resident + bytes + spare)
    while true {
      let most = mostPlanned.load(ordering: .relaxed)
      guard planned > most,
        !mostPlanned.compareExchange(expected: most, desired: planned, ordering: .relaxed).exchanged
      else { return }
    }
  }

  /// Checks that what the file at `path` is read into fits.
  ///
  /// - Throws: `GatewiseError.file` that says how much it needs, and how much there is.
  package static func require(bytes: Double, toRead path: String) throws(GatewiseError) {
    do { try require(bytes: bytes, for: "") } catch {
      let left = text(max(0, Self.bytes - spare))
      throw .file(
        path: path,
        problem: "would take \(text(bytes)) of memory, but \(left) are to be had; give a smaller file.")
    }
  }

  private static func left(addressSpace: Double) -> Double {
    let held = held
    let groups = ControlGroup.limiting().map(\.left).min() ?? .infinity
    return min(physicalBytes - held.own, groups, self.addressSpace(mapped: held.mapped) - addressSpace)
  }

  /// Bytes of this process: with addresses, in memory, and in memory with no file behind them.
  private static var held: (mapped: Double, resident: Double, own: Double) {
    let pages = SmallFile.lines(of: "/proc/self/statm").first?.words.compactMap { Double($0) } ?? []
    guard pages.count > 2 else { return (0, 0, 0) }
    let size = Double(sysconf(Int32(_SC_PAGESIZE)))
    return (pages[0] * size, pages[1] * size, (pages[1] - pages[2]) * size)
  }

  /// Whether the addresses that this process may have are limited.
  public static var limitsAddressSpace: Bool { addressSpace(mapped: 0) < .infinity }

  /// What the limit on address space leaves beside what is mapped already.
  private static func addressSpace(mapped: Double) -> Double {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != .max else {
      return .infinity
    }
    return max(0, Double(limit.rlim_cur) - mapped)
  }

  /// A number of bytes in MiB or GiB, with as many digits as say something.
  public static func text(_ bytes: Double) -> String {
    let gibibytes = bytes / Double(1 << 30)
    guard gibibytes < 1e14 else { return "more than 10^14 GiB" }
    if gibibytes < 0.9995 { return "\((gibibytes * 10240).rounded() / 10) MiB" }
    let scale = gibibytes < 10 ? 1000.0 : 10
    return "\((gibibytes * scale).rounded() / scale) GiB"
  }
}
