import Foundation

/// The most memory that this process has held, from a moment on, as Linux counts it in `/proc/self`.
struct PeakMemory {
  /// What was resident at that moment, in bytes; nil where the system does not say.
  private let level: Int?

  /// Starts counting: what the process held at most before is forgotten.
  init() {
    // What is free, but held for later, would hide what is asked for next. Only glibc has the function, and no module.
    if let symbol = dlsym(nil, "malloc_trim") {
      _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
    }
    // Anything but 5 means something else to this file (proc(5)).
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    level = Self.read("VmRSS:")
  }

  /// By how many bytes the peak since then exceeds the level of then.
  var growth: Int? {
    guard let level, let peak = Self.read("VmHWM:") else { return nil }
    return peak - level
  }

  /// The most bytes that this process has held, its program among them; nil where the system does not say.
  static var most: Int? { read("VmHWM:") }

  private static func read(_ field: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
