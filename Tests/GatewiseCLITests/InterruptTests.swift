import Foundation
import Gatewise
import Testing

@Suite("gatewise train, interrupted")
struct InterruptTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(
    "saves the model on Ctrl-C, SIGTERM and SIGHUP, exits with 0, and prints how to resume",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func saves(_ signal: Int32) throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = TrainingData.quickRun(on: text, out: folder.path("run"))
    let steps = try #require(options.firstIndex(of: "--steps"))
    var long = options
    long[steps + 1] = "100000000"
    let split = ["--seed", "5", "--validation", "0.25"]
    let run = try LongRun(long + split, in: folder)
    try run.wait(for: "step ")
    kill(run.process.processIdentifier, signal)
    try run.wait { !run.process.isRunning }
    #expect(run.process.terminationReason == .exit && run.process.terminationStatus == 0)
    let output = try run.output
    #expect(output.contains("of 100000000; the run is saved"))
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path("run"))) == Self.files)

    let log = try String(contentsOfFile: folder.path("run/log.csv"), encoding: .utf8).split(separator: "\n")
    let step = try #require(output.split(separator: "\n").compactMap(Self.lastStep).last)
    #expect(log.last?.hasPrefix("\(step),") == true, "the log ends with \(log.last ?? "")")

    // The printed command works unchanged.
    let line = try #require(output.split(separator: "\n").first { $0.contains("To resume: gatewise ") })
    let command = try #require(line.range(of: "To resume: gatewise ")).upperBound
    let words = line[command...].split(separator: " ").map(String.init)
    #expect(words.contains("--resume"))
    // The same data stay held out.
    #expect(words.joined(separator: " ").contains(split.joined(separator: " ")))
    let more = words.map { $0 == "100000000" ? "\(Int(step)! + 3)" : $0 }
    let result = try Executable.succeed(more)
    #expect(result.output.contains("Resuming from update \(step)."))
  }

  @Test("closing the terminal does not end a run that ignores SIGHUP, as under nohup")
  func goesOn() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "100000000" : $0 }
    let run = try LongRun(
      options + ["--validate-every", "50", "--checkpoint-every", "50"], in: folder, ignoring: "HUP")
    try run.wait(for: "step 50/")
    kill(run.process.processIdentifier, SIGHUP)
    let count = try run.output.count(where: \.isNewline)
    try run.wait { (try? run.output.count(where: \.isNewline)) ?? 0 > count + 3 }
    #expect(run.process.isRunning)
    kill(run.process.processIdentifier, SIGTERM)
    try run.wait { !run.process.isRunning }
    #expect(run.process.terminationReason == .exit && run.process.terminationStatus == 0)
  }

  @Test("saves during the run, so that a kill loses few updates")
  func checkpoints() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    var options = TrainingData.quickRun(on: text, out: folder.path("run"))
    options[try #require(options.firstIndex(of: "--steps")) + 1] = "100000000"
    let run = try LongRun(options + ["--checkpoint-every", "5"], in: folder)
    let model = folder.path("run/model.safetensors")
    try run.wait { FileManager.default.fileExists(atPath: model) }
    kill(run.process.processIdentifier, SIGKILL)
    run.process.waitUntilExit()
    #expect(try LSTM<Float>(contentsOf: model).configuration.hiddenSizes == [8])
  }

  /// Returns the update after which a run reports that it was stopped.
  private static func lastStep(_ line: Substring) -> String? {
    line.hasPrefix("Stopped after update ") ? line.split(separator: " ").dropFirst(3).first.map(String.init) : nil
  }

  private static let files: Set<String> = [
    "model.safetensors", "loss.svg", "log.csv", "checkpoints", "run.yaml", "log.jsonl",
  ]
}

/// A run of `gatewise` in the background of a test.
struct LongRun {
  struct TooLong: Error {}

  let process = Process()
  private let path: String

  /// Starts a run.
  ///
  /// - Parameter ignored: a signal that the process ignores from its start.
  init(_ arguments: [String], in folder: ScratchFolder, ignoring ignored: String? = nil) throws {
    path = folder.path("output")
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    process.executableURL = ignored == nil ? try Executable.url : URL(filePath: "/bin/bash")
    process.arguments =
      try ignored.map { ["-c", "trap '' \($0); exec \"$@\"", "bash", try Executable.url.path] + arguments } ?? arguments
    process.standardOutput = FileHandle(forWritingAtPath: path)
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  var output: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }

  /// Waits until the output contains `words`.
  func wait(for words: String) throws { try wait { (try? output.contains(words)) == true } }

  /// Waits until a condition holds, for at most a minute.
  func wait(until holds: () -> Bool) throws {
    for _ in 0..<3000 {
      if holds() { return }
      usleep(20_000)
    }
    process.terminate()
    throw TooLong()
  }
}
