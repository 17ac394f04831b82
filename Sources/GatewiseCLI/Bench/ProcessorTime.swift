import Foundation

/// The processors' time since the start of the machine, in the ticks of `/proc/stat`.
struct ProcessorTime {
  private var total = 0.0
  private var stolen = 0.0

  /// Reads the counters; they are zero if the system has no such file.
  init() {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") })
    else { return }
    // user nice system idle iowait irq softirq steal; the guests' time that follows is already counted in user.
    let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Double($0) ?? 0 }
    total = ticks.reduce(0, +)
    stolen = ticks.count == 8 ? ticks[7] : 0
  }

  /// Returns the share of all processors' time since `start` that the host gave to other guests.
  func stolenShare(since start: ProcessorTime) -> Double {
    total > start.total ? (stolen - start.stolen) / (total - start.total) : 0
  }
}
