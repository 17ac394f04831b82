import Foundation
import Gatewise
import GatewiseRuns
import Testing

/// Runs that were killed while they wrote their last files, or before their first checkpoint.
@Suite("gatewise train --resume, at the end and at the start of a run")
struct EndedRunTests {
  private let folder: ScratchFolder
  private let text: String

  init() throws {
    folder = try ScratchFolder()
    text = try folder.write(TrainingData.text(lines: 60), to: "text")
  }

  private func options(steps: Int, _ more: String...) -> [String] {
    TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "\(steps)" : $0 } + more
  }

  /// The files of a run by name, including the checkpoints.
  private func files() throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path("run"))
    return try Dictionary(
      uniqueKeysWithValues: names.filter { !["checkpoints", "tensorboard"].contains($0) }.map {
        ($0, try folder.bytes("run/\($0)"))
      })
  }

  /// The results of a run apart from times: the model, and the log without its last column.
  private func result() throws -> [String] {
    let log = try String(contentsOfFile: folder.path("run/log.csv"), encoding: .utf8)
    let lines = log.split(separator: "\n").map { $0.prefix(upTo: $0.lastIndex(of: ",") ?? $0.endIndex) }
    return try [folder.bytes("run/model.safetensors").base64EncodedString()] + lines.map(String.init)
  }

  @Test(
    "resuming a run that has ended writes its missing files, byte for byte, and no others",
    arguments: [[], ["--patience", "2", "--learning-rate", "0.3", "--optimizer", "sgd"], ["--average", "0.9"]])
  func missing(_ more: [String]) throws {
    let options = options(steps: more.first == "--patience" ? 2000 : 20, "--validate-every", "5", "--html") + more
    let first = try Executable.succeed(options)
    let whole = try files()
    let rest = ["log.csv", "loss.svg", "report.html", "model.safetensors", "run.yaml"]
    for lost in [rest] + rest.map({ [$0] }) {
      for name in lost { try FileManager.default.removeItem(atPath: folder.path("run/\(name)")) }
      let again = try Executable.succeed(options + ["--resume"])
      #expect(again.output.contains("The run has already ended, at update"), "\(again.output)")
      #expect(again.lines.filter { $0.hasPrefix("Validation:") } == first.lines.filter { $0.hasPrefix("Validation:") })
      #expect(try files() == whole, "without \(lost)")
    }
    // Outdated files are replaced.
    for name in ["log.csv", "loss.svg", "report.html"] { _ = try folder.write("old", to: "run/\(name)") }
    try Executable.succeed(options + ["--resume"])
    #expect(try files() == whole)
    // A complete file is not written again, so that a full disk does not matter.
    let before = try FileManager.default.attributesOfItem(atPath: folder.path("run/model.safetensors"))
    try Executable.succeed(options + ["--resume"])
    let after = try FileManager.default.attributesOfItem(atPath: folder.path("run/model.safetensors"))
    #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
    print("\(whole.count) files are unchanged after \(rest.count + 3) runs of --resume")
  }

  @Test("reports files that cannot be restored: curves without their log, the best model without its checkpoint")
  func lost() throws {
    let options = options(
      steps: 2000, "--validate-every", "5", "--html", "--patience", "2", "--learning-rate", "0.3", "--optimizer", "sgd")
    #expect(try Executable.succeed(options).output.contains("brought no improvement; the best model is kept."))
    for name in ["log.jsonl", "report.html", "checkpoints/best.safetensors"] {
      try FileManager.default.removeItem(atPath: folder.path("run/\(name)"))
    }
    let before = try folder.bytes("run/model.safetensors")
    let again = try Executable.succeed(options + ["--resume"])
    #expect(again.output.contains("run/log.jsonl: is missing or empty; the report has no curves."))
    #expect(again.output.contains("the best could not be read again, so the existing model is kept."))
    // The figures of the last validation are not known to be those of this model.
    #expect(!again.output.contains("Validation:"), "\(again.output)")
    #expect(try folder.bytes("run/model.safetensors") == before)
  }

  @Test("reports a run that continues with other products, and only such a run")
  func otherArithmetic() throws {
    try Executable.succeed(options(steps: 6))
    for (steps, path, isTold) in [(8, "tile", false), (10, "plain", true), (12, "plain", true), (14, "tile", true)] {
      let more = options(steps: steps, "--resume")
      let output = try Executable.succeed(more, environment: ["GATEWISE_KERNELS": path]).output
      print(output.split(separator: "\n").first { $0.contains("continues with") } ?? "no message")
      #expect(output.contains("its numbers differ by rounding") == isTold, "\(steps): \(output)")
    }
  }

  @Test("a run killed right after its last checkpoint and resumed gives the results of an uninterrupted run")
  func kills() throws {
    let options = options(steps: 30, "--validate-every", "10", "--html")
    try Executable.succeed(options)
    let expected = try result()
    var random = RandomStream(seed: 6, name: "last kills")
    let last = folder.path("run/checkpoints/step-000000030.safetensors")
    var (killed, incomplete) = (0, 0)
    for attempt in 0..<12 {
      try FileManager.default.removeItem(atPath: folder.path("run"))
      let run = try LongRun(options, in: folder)
      while run.process.isRunning, access(last, F_OK) != 0 {}
      usleep(UInt32(random.index(below: 2000)))
      kill(run.process.processIdentifier, SIGKILL)
      run.process.waitUntilExit()
      killed += run.process.terminationReason == .uncaughtSignal ? 1 : 0
      incomplete += FileManager.default.fileExists(atPath: folder.path("run/report.html")) ? 0 : 1
      try Executable.succeed(options + ["--resume"])
      #expect(try result() == expected, "attempt \(attempt)")
      #expect(FileManager.default.fileExists(atPath: folder.path("run/loss.svg")))
      #expect(FileManager.default.fileExists(atPath: folder.path("run/report.html")))
    }
    print("\(killed) of 12 killed after the last checkpoint, \(incomplete) of them before all files were written")
    #expect(incomplete > 0)
  }

  @Test("a run resumes from the checkpoint of the best validation if it is the only intact one")
  func onlyBest() throws {
    let options = options(steps: 1999, "--validate-every", "60", "--checkpoint-every", "40000")
    let long = try LongRun(options, in: folder)
    let best = folder.path("run/checkpoints/best.safetensors")
    while long.process.isRunning, access(best, F_OK) != 0 {}
    kill(long.process.processIdentifier, SIGKILL)
    long.process.waitUntilExit()
    let step = try TrainingCheckpoint<Float>(contentsOf: best).state.optimizer.step
    let checkpoints = CheckpointFolder(path: folder.path("run/checkpoints"))
    try #require(checkpoints.steps.isEmpty)
    // A new run does not replace it.
    try Executable.fail(options, status: 1, saying: "update \(step) of 1999; continue it with --resume")
    // The next checkpoint did not fit on the disk: only its first half was written.
    let bytes = try Data(contentsOf: URL(filePath: best))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: checkpoints.file(step: step + 3)))
    let resumed = try Executable.succeed(options + ["--resume"])
    #expect(resumed.output.contains("That of the best validation is tried."), "\(resumed.output)")
    #expect(resumed.output.contains("Resuming from update \(step)."), "\(resumed.output)")
    let found = try result()
    try FileManager.default.removeItem(atPath: folder.path("run"))
    try Executable.succeed(options)
    #expect(try result() == found)
    print("resumed from the best of update \(step): bit-identical to the uninterrupted run of \(found.count - 2) rows")
    // If the run has ended, its last checkpoint is restored from it.
    if try TrainingCheckpoint<Float>(contentsOf: best).state.optimizer.step == 1999 {
      try FileManager.default.removeItem(atPath: checkpoints.file(step: 1999))
      try Executable.succeed(options + ["--resume"])
      #expect(try TrainingCheckpoint<Float>(contentsOf: checkpoints.file(step: 1999)).state.optimizer.step == 1999)
    }
  }

  @Test("a run that was killed before its first checkpoint starts over with --resume")
  func begun() throws {
    let options = options(steps: 40_000, "--checkpoint-every", "40000", "--validation", "0")
    let run = try LongRun(options, in: folder)
    try run.wait { FileManager.default.fileExists(atPath: folder.path("run/run.yaml")) }
    kill(run.process.processIdentifier, SIGKILL)
    run.process.waitUntilExit()
    let few = options.map { $0 == "40000" ? "6" : $0 }
    let again = try Executable.succeed(few + ["--resume"])
    #expect(again.output.contains("No checkpoint was found"), "\(again.output)")
    let found = try result()
    try FileManager.default.removeItem(atPath: folder.path("run"))
    try Executable.succeed(few)
    #expect(try result() == found)
  }

  @Test("a new run in the folder of a complete one replaces it at once, even if killed")
  func replaced() throws {
    try Executable.succeed(options(steps: 6))
    let before = try files()
    let options = options(steps: 1999, "--checkpoint-every", "40000", "--validation", "0", "--seed", "9")
    let run = try LongRun(options, in: folder)
    let started = folder.path("run/checkpoints/step-000000000.safetensors")
    while run.process.isRunning, access(started, F_OK) != 0 {}
    kill(run.process.processIdentifier, SIGKILL)
    run.process.waitUntilExit()
    #expect(run.process.terminationReason == .uncaughtSignal)
    // As if it had been killed before it removed the earlier checkpoints.
    for (name, bytes) in before where name.hasPrefix("checkpoints/") {
      try bytes.write(to: URL(filePath: folder.path("run/\(name)")))
    }
    try Executable.succeed(options + ["--resume"])
    let found = try result()
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints")).sorted()
    #expect(left == ["step-000000000.safetensors", "step-000001999.safetensors"], "\(left)")
    try FileManager.default.removeItem(atPath: folder.path("run"))
    try Executable.succeed(options)
    #expect(try result() == found)
  }
}
