import Foundation

/// Hands chunks of mutants to worker processes, and goes on behind a mutant that ended one.
final class Supervisor {
  private let seed: UInt64
  private let out: String
  private let fixtures: String
  private let deadline: Date
  private let folder: String
  private var reports: [String: Report] = [:]
  private let began = Date()

  private static let chunkSize = 1000

  init(seed: UInt64, out: String, fixtures: String, deadline: Date) throws {
    (self.seed, self.out, self.fixtures, self.deadline) = (seed, out, fixtures, deadline)
    // Mutants are written and read at once: a disk would only slow that down.
    let base = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
    folder = base + "gatewise-fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Reads mutants of some formats in turn.
  ///
  /// - Returns: how many failed.
  func run(names: [String], count: Int?, first: Int) throws -> Int {
    for name in names { reports[name] = Report() }
    var next = names.map { _ in first }
    // As many of each format; what does not divide goes to the first.
    let ends = names.indices.map { index in
      count.map { first + $0 / names.count + (index < $0 % names.count ? 1 : 0) } ?? Int.max
    }
    var waiting: [Chunk] = []
    var turn = 0
    func chunk() -> Chunk? {
      if let again = waiting.popLast() { return again }
      guard Date() < deadline,
        let index = names.indices.map({ ($0 + turn) % names.count }).first(where: { next[$0] < ends[$0] })
      else { return nil }
      turn = index + 1
      let end = min(next[index] + Self.chunkSize, ends[index])
      defer { next[index] = end }
      return Chunk(format: names[index], seed: seed, numbers: next[index]..<end)
    }
    var workers: [RunningWorker] = []
    let most = max(1, ProcessInfo.processInfo.activeProcessorCount)
    while true {
      while workers.count < most, let chunk = chunk() {
        workers.append(try RunningWorker(chunk, in: folder, fixtures: fixtures))
      }
      guard !workers.isEmpty else { break }
      usleep(5_000)
      for worker in workers where !worker.process.isRunning || worker.isStuck() {
        waiting += try finish(worker).map { [$0] } ?? []
      }
      workers.removeAll { !$0.process.isRunning }
    }
    return summary(names)
  }

  /// Takes in what a worker has done.
  ///
  /// - Returns: what it has left undone.
  private func finish(_ worker: RunningWorker) throws -> Chunk? {
    let chunk = worker.chunk
    let isStuck = worker.process.isRunning
    if isStuck { kill(worker.process.processIdentifier, SIGKILL) }
    worker.process.waitUntilExit()
    defer { worker.remove() }
    if !isStuck, worker.process.terminationStatus == 0, worker.process.terminationReason == .exit {
      try take(worker.report(), chunk)
      return nil
    }
    // The number that was being read is the one that ended the worker; those before it have held, or are reported.
    let number = worker.number ?? chunk.numbers.lowerBound
    var report = (try? worker.report()) ?? Report()
    report.tried = number - chunk.numbers.lowerBound + 1
    let status = worker.process.terminationStatus
    let how = worker.process.terminationReason == .uncaughtSignal ? "signal \(status)" : "status \(status)"
    report.failures.append(
      Failure(number: number, what: isStuck ? "was not read after \(Limits.patience) s" : "ended the process (\(how))"))
    try take(report, chunk)
    return number + 1 < chunk.numbers.upperBound
      ? Chunk(format: chunk.format, seed: chunk.seed, numbers: (number + 1)..<chunk.numbers.upperBound) : nil
  }

  private func take(_ report: Report, _ chunk: Chunk) throws {
    reports[chunk.format]?.add(report)
    for failure in report.failures {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      let path = "\(out)/\(chunk.format)-\(seed)-\(failure.number)"
      let format = try Format(chunk.format, folder: folder, fixtures: fixtures)
      try Data(format.mutant(failure.number, seed: seed)).write(to: URL(fileURLWithPath: path))
      print("FAILED \(chunk.format), seed \(seed), number \(failure.number): \(failure.what); kept as \(path)")
    }
  }

  private func summary(_ names: [String]) -> Int {
    func cell(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let head = ["tried", "held", "refused", "failed", "most s", "most MiB"]
    print("format          " + head.map { cell($0, 9) }.joined())
    func line(_ name: String, _ report: Report) -> String {
      let cells = [
        "\(report.tried)", "\(report.tried - report.failures.count)", "\(report.refused)", "\(report.failures.count)",
        String(format: "%.3f", report.mostSeconds), String(format: "%.1f", Double(report.mostMemory) / 1_048_576),
      ]
      return name.padding(toLength: 16, withPad: " ", startingAt: 0) + cells.map { cell($0, 9) }.joined()
    }
    var total = Report()
    for name in names {
      print(line(name, reports[name]!))
      total.add(reports[name]!)
    }
    if names.count > 1 { print(line("all", total)) }
    let seconds = Date().timeIntervalSince(began)
    print(
      "fuzz: seed \(seed), \(total.tried) mutants tried, \(total.tried - total.failures.count) held, "
        + "\(total.failures.count) failed, \(Int(Double(total.tried) / max(seconds, 0.001))) a second")
    return total.failures.count
  }
}

/// A worker process.
final class RunningWorker {
  let chunk: Chunk
  let process = Process()
  private let folder: String
  private var (seen, since): (Int?, Date) = (nil, Date())

  init(_ chunk: Chunk, in base: String, fixtures: String) throws {
    self.chunk = chunk
    folder = base + "/" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try JSONEncoder().encode(chunk).write(to: URL(fileURLWithPath: folder + "/chunk"))
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["--worker", folder, "--fixtures", fixtures]
    // What a crash says is in its signal; the runtime's traces would take seconds each.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// The number of the mutant that is being read, or was read last.
  var number: Int? {
    guard let data = FileManager.default.contents(atPath: folder + "/number"), data.count == 8 else { return nil }
    return Int(data.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) })
  }

  /// Whether nothing has gone on for long.
  func isStuck() -> Bool {
    let now = number
    if now != seen { (seen, since) = (now, Date()) }
    return Date().timeIntervalSince(since) > Limits.patience
  }

  func report() throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/report")))
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
