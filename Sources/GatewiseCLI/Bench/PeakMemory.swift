import Foundation

/// The peak memory of this process since a moment, as Linux reports it in `/proc/self`.
struct PeakMemory {
  /// The resident memory at that moment, in bytes; nil if the system does not report it.
  private let level: Int?

  /// Starts a measurement and resets the peak.
  init() {
    // Free memory kept by the allocator would hide later requests. Only glibc has the function, and in no module.
    if let symbol = dlsym(nil, "malloc_trim") {
      _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
    }
    // Writing 5 resets the peak (proc(5)).
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    level = Self.read("VmRSS:")
  }

  /// Bytes by which the peak since then exceeds the resident memory at that moment.
  var growth: Int? {
    guard let level, let peak = Self.read("VmHWM:") else { return nil }
    return peak - level
  }

  /// The peak memory of this process in bytes, including its program; nil if the system does not report it.
  static var most: Int? { read("VmHWM:") }

  private static func read(_ field: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
