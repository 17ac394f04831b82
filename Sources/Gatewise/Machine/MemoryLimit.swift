import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory available to this process, and checks against it before anything is allocated.
package enum MemoryLimit {
  /// The machine's physical memory, in bytes.
  package static let physicalBytes = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))

  /// Bytes that this process may still allocate: the machine's memory minus what the process holds, or less if a
  /// control group or the limit on address space (`ulimit -v`) allows less.
  package static var bytes: Double { left(addressSpace: 0) }

  /// The largest total in bytes of any passed check: the bytes it checked plus those the process held at the time.
  package static var planned: Double { Double(mostPlanned.load(ordering: .relaxed)) }

  private static let mostPlanned = Atomic<Int>(0)

  /// Bytes set aside for memory that no check counts: small arrays, and pages of the program that are first used later.
  private static let spare = Double(4 << 20)

  private static let smallest = Double(1 << 20)

  /// Checks that `bytes` fit in addition to the memory that the process holds. Memory that is in use at the same time
  /// must be checked in one call, because allocated memory that was not written to is not held yet.
  ///
  /// - Parameters:
  ///   - bytes: bytes that will be written to.
  ///   - addressSpace: further bytes of address space, which a library reserves and hardly writes to.
  ///   - what: the subject of the error sentence.
  /// - Throws: `GatewiseError.invalidArgument` with the memory needed and the memory available.
  package static func require(
    bytes: Double, addressSpace: Double = 0, for what: String
  ) throws(GatewiseError) {
    // For small sizes reading the system's figures is not worth the time.
    guard bytes + addressSpace > smallest else { return }
    let limit = left(addressSpace: addressSpace)
    guard bytes + spare <= limit else {
      if addressSpace > 0, bytes + spare <= left(addressSpace: 0) {
        throw .invalidArgument(
          "\(what) would take \(text(addressSpace + bytes)) of address space, but the limit (ulimit -v) leaves "
            + "\(text(left(addressSpace: 0))); raise it, or choose fewer threads or smaller sizes.")
      }
      throw .invalidArgument(
        "\(what) would take \(text(bytes)), but only \(text(max(0, limit - spare))) are available; "
          + "choose smaller sizes.")
    }
    let planned = Int(held.resident + bytes + spare)
    while true {
      let most = mostPlanned.load(ordering: .relaxed)
      guard planned > most,
        !mostPlanned.compareExchange(expected: most, desired: planned, ordering: .relaxed).exchanged
      else { return }
    }
  }

  /// Checks that the memory needed to read the file at `path` fits.
  ///
  /// - Throws: `GatewiseError.file` with the memory needed and the memory available.
  package static func require(bytes: Double, toRead path: String) throws(GatewiseError) {
    do { try require(bytes: bytes, for: "") } catch {
      let left = text(max(0, Self.bytes - spare))
      throw .file(
        path: path,
        problem: "would take \(text(bytes)) of memory, but only \(left) are available; give a smaller file.")
    }
  }

  private static func left(addressSpace: Double) -> Double {
    let held = held
    let groups = ControlGroup.limiting().map(\.left).min() ?? .infinity
    return min(physicalBytes - held.own, groups, self.addressSpace(mapped: held.mapped) - addressSpace)
  }

  /// Bytes of this process: mapped, resident, and resident without a file behind them.
  private static var held: (mapped: Double, resident: Double, own: Double) {
    let pages =
      SmallFile.lines(of: "/proc/self/statm").first.map { SmallFile.words(of: $0).compactMap { Double($0) } } ?? []
    guard pages.count > 2 else { return (0, 0, 0) }
    let size = Double(sysconf(Int32(_SC_PAGESIZE)))
    return (pages[0] * size, pages[1] * size, (pages[1] - pages[2]) * size)
  }

  /// Whether the address space of this process is limited.
  package static var limitsAddressSpace: Bool { addressSpace(mapped: 0) < .infinity }

  /// Bytes that the limit on address space leaves beyond those already mapped.
  private static func addressSpace(mapped: Double) -> Double {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != .max else {
      return .infinity
    }
    return max(0, Double(limit.rlim_cur) - mapped)
  }

  /// Formats a number of bytes in MiB or GiB, with three or four significant digits.
  package static func text(_ bytes: Double) -> String {
    let gibibytes = bytes / Double(1 << 30)
    guard gibibytes < 1e14 else { return "more than 10^14 GiB" }
    if gibibytes < 0.9995 { return "\((gibibytes * 10240).rounded() / 10) MiB" }
    let scale = gibibytes < 10 ? 1000.0 : 10
    return "\((gibibytes * scale).rounded() / scale) GiB"
  }
}
