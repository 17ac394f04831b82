import Foundation
import Gatewise

/// Reads the mutants of a chunk, one after the other, and measures each.
struct Worker {
  let folder: String
  let fixtures: String

  func run() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/chunk"))
    let chunk = try JSONDecoder().decode(Chunk.self, from: data)
    let format = try Format(chunk.format, folder: folder, fixtures: fixtures)
    let path = folder + "/mutant." + format.suffix
    let number = open(folder + "/number", O_WRONLY | O_CREAT, 0o600)
    defer { close(number) }
    var report = Report()
    for current in chunk.numbers {
      var place = Int64(current)
      pwrite(number, &place, 8, 0)
      let bytes = format.mutant(current, seed: chunk.seed)
      try write(bytes, to: path)
      if let failure = read(path, bytes, format, &report) {
        report.failures.append(Failure(number: current, what: failure))
        // Kept in case that a later one ends the process.
        try JSONEncoder().encode(report).write(to: URL(fileURLWithPath: folder + "/report"))
      }
      report.tried += 1
    }
    try JSONEncoder().encode(report).write(to: URL(fileURLWithPath: folder + "/report"))
  }

  /// - Returns: how it failed; nil where it held.
  private func read(_ path: String, _ bytes: [UInt8], _ format: Format, _ report: inout Report) -> String? {
    Resources.resetPeak()
    let (before, began) = (Resources.resident(), Resources.processorSeconds())
    var failure: String?
    do {
      try format.read(path)
    } catch is GatewiseError {
      report.refused += 1
    } catch { failure = "\(error)" }
    let seconds = Resources.processorSeconds() - began
    let grown = Resources.peak() - before - format.size(bytes)
    (report.mostSeconds, report.mostMemory) = (max(report.mostSeconds, seconds), max(report.mostMemory, grown))
    if seconds > Limits.seconds { failure = failure ?? "took \(seconds) s" }
    if grown > Limits.memory { failure = failure ?? "took \(grown >> 20) MiB of memory beyond its size" }
    return failure
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(file) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress! + done, $0.count - done) }
      guard count > 0 else { throw CocoaError(.fileWriteOutOfSpace) }
      done += count
    }
  }
}

/// What the process has used, as Linux tells; zeros elsewhere, where memory is not looked at.
enum Resources {
  static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Bytes of resident memory.
  static func resident() -> Int { number(after: "VmRSS:") << 10 }

  /// The most bytes of resident memory since the last reset.
  static func peak() -> Int { number(after: "VmHWM:") << 10 }

  static func resetPeak() {
    let file = open("/proc/self/clear_refs", O_WRONLY)
    guard file >= 0 else { return }
    _ = Foundation.write(file, "5", 1)
    close(file)
  }

  /// A number of the process's status, which is read thousands of times a second.
  private static func number(after name: StaticString) -> Int {
    let file = open("/proc/self/status", O_RDONLY)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      let count = max(Foundation.read(file, buffer.baseAddress!, buffer.count - 1), 0)
      buffer[count] = 0
      let text = buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
      let wanted = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
      guard let place = strstr(text, wanted) else { return 0 }
      return strtol(place + name.utf8CodeUnitCount, nil, 10)
    }
  }
}
