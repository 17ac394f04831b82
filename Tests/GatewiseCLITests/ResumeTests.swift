import Foundation
import Gatewise
import Testing

/// Runs that are interrupted and resumed: the same bits as an uninterrupted run.
@Suite("gatewise train --resume")
struct ResumeTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns the results of a run apart from times: the model's bytes, and the log without its last column.
  private func result(of run: String) throws -> (model: Data, log: [String]) {
    let model = try Data(contentsOf: URL(filePath: folder.path("\(run)/model.safetensors")))
    let log = try String(contentsOfFile: folder.path("\(run)/log.csv"), encoding: .utf8)
    return (
      model,
      log.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
      }
    )
  }

  @Test("50 kills at random moments, most of them while a checkpoint is written, do not change the results")
  func kills() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    // Two layers, carried state, random masks, optimizer moments, a schedule, and windows at the end of epochs.
    let options = [
      "train", "--text", text, "--hidden", "8", "--layers", "2", "--batch", "4", "--window", "8", "--dropout", "0.2",
      "--zoneout-cell", "0.1", "--schedule", "warmup-cosine", "--steps", "1500", "--validate-every", "100",
      "--checkpoint-every", "1", "--threads", "1", "--out",
    ]
    try Executable.succeed(options + [folder.path("whole")])
    let expected = try result(of: "whole")
    var stream = RandomStream(seed: 4, name: "kills")
    var (kills, runs, leftovers) = (0, 0, 0)
    while kills < 50 {
      runs += 1
      let out = "run\(runs)"
      var isDone = false
      while !isDone {
        let checkpoints =
          (try? FileManager.default.contentsOfDirectory(atPath: folder.path("\(out)/checkpoints"))) ?? []
        let goesOn = checkpoints.contains { $0.hasPrefix("step-") }
        let run = try LongRun(options + [folder.path(out)] + (goesOn ? ["--resume"] : []), in: folder)
        if kills < 50 {
          usleep(UInt32(20_000 + stream.index(below: 180_000)))
          // Every second kill waits until a checkpoint is being written.
          if kills.isMultiple(of: 2) { waitForWriting(in: folder.path("\(out)/checkpoints"), of: run.process) }
          if run.process.isRunning {
            kill(run.process.processIdentifier, SIGKILL)
            kills += 1
          }
        }
        run.process.waitUntilExit()
        isDone = run.process.terminationReason == .exit
        #expect(!isDone || run.process.terminationStatus == 0, "\((try? run.output) ?? "")")
        let left = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("\(out)/checkpoints"))) ?? []
        if !isDone, left.contains(where: { $0.hasSuffix(".tmp") }) { leftovers += 1 }
      }
      let found = try result(of: out)
      #expect(found.model == expected.model, "the model of \(out)")
      #expect(found.log == expected.log, "the log of \(out)")
    }
    print("\(kills) kills in \(runs) runs, \(leftovers) of them during the writing of a checkpoint: same bits")
    #expect(leftovers > 0)
  }

  /// Waits until a folder contains a temporary file, or the process has ended.
  private func waitForWriting(in path: String, of process: Process) {
    while process.isRunning {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      if names.contains(where: { $0.hasSuffix(".tmp") }) { return }
    }
  }

  @Test("forecasting and classification resume with the same bits", arguments: ["forecast", "classification"])
  func tables(_ kind: String) throws {
    let sequences = try folder.write(TrainingData.sequences(count: 30), to: "sequences.csv")
    let data =
      kind == "forecast"
      ? ["--csv", TrainingData.airline, "--target", "passengers", "--dtype", "float64"]
      : ["--csv", sequences, "--sequence", "name", "--label", "kind", "--bidirectional", "--optimizer", "rmsprop"]
    let options =
      ["train"] + data + [
        "--hidden", "6", "--batch", "5", "--steps", "60", "--checkpoint-every", "7", "--input-dropout", "0.1", "--out",
      ]
    try Executable.succeed(options + [folder.path("whole")])
    // The state of a run that was killed after update 28.
    try Executable.succeed(options + [folder.path("part")])
    for name in ["step-000000060", "step-000000056", "step-000000049", "best"] {
      try? FileManager.default.removeItem(atPath: folder.path("part/checkpoints/\(name).safetensors"))
    }
    try Executable.fail(options + [folder.path("part"), "--resume"], status: 1, saying: "holds no checkpoint")
    try FileManager.default.removeItem(atPath: folder.path("part"))
    try Executable.succeed(options + [folder.path("part"), "--keep-checkpoints", "20"])
    for step in stride(from: 35, through: 56, by: 7) {
      try FileManager.default.removeItem(atPath: folder.path("part/checkpoints/step-0000000\(step).safetensors"))
    }
    try FileManager.default.removeItem(atPath: folder.path("part/checkpoints/step-000000060.safetensors"))
    try Executable.fail(options + [folder.path("part")], status: 1, saying: "update 28 of 60", "--resume")
    let resumed = try Executable.succeed(options + [folder.path("part"), "--resume"])
    #expect(resumed.output.contains("Resuming from update 28."))
    #expect(try result(of: "part").model == result(of: "whole").model)
    #expect(try result(of: "part").log == result(of: "whole").log)
  }

  @Test("reports options that differ from the run's before any work")
  func refusals() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let out = folder.path("run")
    let options = TrainingData.quickRun(on: text, out: out)
    try Executable.fail(options + ["--resume"], status: 1, saying: "no checkpoint to resume from", "leave out --resume")
    try Executable.succeed(options)
    #expect(try Executable.succeed(options + ["--resume"]).output.contains("The run has already ended, at update 6:"))
    try Executable.fail(
      options.map { $0 == "6" ? "5" : $0 } + ["--resume"], status: 1, saying: "has made 6 updates of 6", "--steps")
    let more = options.map { $0 == "6" ? "9" : $0 } + ["--resume"]
    for (flag, value, words) in [
      ("--batch", "2", "--batch is 2, but the run"), ("--hidden", "9", "the model is not what the run"),
      ("--seed", "7", "--seed is 7, but"), ("--dtype", "float64", "float64"),
      ("--optimizer", "sgd", "--optimizer is sgd --learning-rate 0.1 --momentum 0.9 --weight-decay 0.0, but the run"),
      ("--rule", "recurrent-cut", "--rule is recurrent-cut --peephole-paths detached, but the run"),
      ("--segment", "4", "--rule is bptt --segment 4, but the run"), ("--dropout", "0.5", "the model"),
      ("--schedule", "warmup-cosine", "is warmup-cosine --warmup 0 --schedule-floor 0.0 over 9 updates, but the run"),
      ("--clip-value", "2", "is --clip-value 2.0, but the run"),
      ("--forget-bias", "2", "is uniform --forget-bias 2.0, but"),
      ("--accumulate", "2", "--accumulate is 2, but the run"), ("--average", "0.5", "--average is 0.5, but the run"),
    ] {
      try Executable.fail(more + [flag, value], status: 1, saying: words)
    }
    let other = try folder.write(TrainingData.text(lines: 61), to: "other")
    try Executable.fail(
      more.map { $0 == text ? other : $0 }, status: 1, saying: "the data, or what --validation holds out")
    for (flag, value) in [("--keep-checkpoints", "0"), ("--patience", "0")] {
      try Executable.fail(more + [flag, value], status: 64, saying: flag, "at least 1")
    }
    try Executable.fail(more + ["--patience", "2", "--validation", "0"], status: 64, saying: "--patience")
    #expect(try Executable.succeed(more).output.contains("Resuming from update 6."))
  }

  @Test("a full disk does not end a run, and a damaged checkpoint is skipped")
  func fullDisk() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "20" : $0 }
    try Executable.succeed(options + ["--checkpoint-every", "5"])
    // The newest checkpoint is truncated.
    let newest = folder.path("run/checkpoints/step-000000020.safetensors")
    let bytes = try Data(contentsOf: URL(filePath: newest))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: newest))
    let again = try Executable.succeed(options + ["--checkpoint-every", "5", "--resume"])
    #expect(again.output.contains("step-000000020.safetensors: "))
    #expect(again.output.contains("The one before it is tried."))
    #expect(again.output.contains("Resuming from update 15."))
    // A limit on the file size stands for a disk that becomes full during the run.
    let limited = Process()
    let log = folder.path("limited")
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    limited.executableURL = URL(filePath: "/bin/bash")
    let command = (options.map { $0 == folder.path("run") ? folder.path("small") : $0 } + ["--checkpoint-every", "5"])
      .joined(separator: " ")
    limited.arguments = ["-c", "ulimit -f 4; exec \(try Executable.url.path) \(command)"]
    limited.standardOutput = FileHandle(forWritingAtPath: log)
    limited.standardError = FileHandle(forWritingAtPath: log)
    try limited.run()
    limited.waitUntilExit()
    let said = try String(contentsOfFile: log, encoding: .utf8)
    #expect(limited.terminationReason == .exit && limited.terminationStatus == 1, "\(said)")
    #expect(said.contains("The run continues; nothing is saved yet."), "\(said)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("small/checkpoints"))
    #expect(left == [], "\(left)")
  }

  @Test("damaged checkpoints never displace intact ones, and a checkpoint's name is verified")
  func crowding() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    func steps(_ count: String) -> [String] {
      TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? count : $0 }
        + ["--checkpoint-every", "1", "--keep-checkpoints", "2"]
    }
    func checkpoint(_ step: Int) -> String { folder.path("run/checkpoints/step-00000000\(step).safetensors") }
    try Executable.succeed(steps("4"))
    let whole = try Data(contentsOf: URL(filePath: checkpoint(4)))
    // One bit of a number, and one of the metadata.
    for (step, place) in [(8, whole.count - 5), (9, 300)] {
      var bytes = [UInt8](whole)
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(filePath: checkpoint(step)))
    }
    try whole.write(to: URL(filePath: checkpoint(7)))
    let resumed = try Executable.succeed(steps("6") + ["--resume"])
    #expect(resumed.output.contains("is the checkpoint of update 4 under another name"), "\(resumed.output)")
    #expect(resumed.output.contains("Resuming from update 4."))
    for step in [5, 6] { #expect(FileManager.default.fileExists(atPath: checkpoint(step)), "update \(step)") }
    #expect(try Executable.succeed(steps("7") + ["--resume"]).output.contains("Resuming from update 6."))
  }

  @Test(
    "reports files in the place of folders before anything is written",
    arguments: ["checkpoints", "tensorboard"])
  func inTheWay(_ name: String) throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = TrainingData.quickRun(on: text, out: folder.path("run"))
    try FileManager.default.createDirectory(atPath: folder.path("run"), withIntermediateDirectories: true)
    _ = try folder.write("x", to: "run/\(name)")
    try Executable.fail(options, status: 1, saying: name, "is not a folder")
    try FileManager.default.removeItem(atPath: folder.path("run/\(name)"))
    try FileManager.default.createSymbolicLink(atPath: folder.path("run/\(name)"), withDestinationPath: "/none/at/all")
    try Executable.fail(options, status: 1, saying: name, "is not a folder")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run")) == [name])
  }

  @Test("the best checkpoint of another run is never used, and a folder in its place costs no checkpoint")
  func foreignBest() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options =
      TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "2000" : $0 } + [
        "--validate-every", "5", "--patience", "2", "--learning-rate", "0.3", "--optimizer", "sgd",
        "--checkpoint-every", "5",
      ]
    try FileManager.default.createDirectory(
      atPath: folder.path("run/checkpoints/best.safetensors"), withIntermediateDirectories: true)
    let run = try Executable.succeed(options)
    #expect(run.output.contains("the best could not be read again, so the last is kept"), "\(run.output)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
    #expect(names.count(where: { $0.hasPrefix("step-") }) == 3, "\(names)")
    #expect(FileManager.default.fileExists(atPath: folder.path("run/model.safetensors")))
    // With this rate the first validation remains the best, so that another run's file is not overwritten.
    let steep =
      TrainingData.quickRun(on: text, out: folder.path("steep")) + [
        "--validate-every", "2", "--patience", "4", "--learning-rate", "50", "--clip-norm", "50", "--optimizer", "sgd",
      ]
    try Executable.succeed(steep)
    try Executable.succeed(steep.map { $0 == folder.path("steep") ? folder.path("other") : $0 } + ["--seed", "9"])
    let foreign = try Data(contentsOf: URL(filePath: folder.path("other/checkpoints/best.safetensors")))
    try foreign.write(to: URL(filePath: folder.path("steep/checkpoints/best.safetensors")))
    let resumed = try Executable.succeed(steep.map { $0 == "6" ? "14" : $0 } + ["--resume"])
    #expect(resumed.output.contains("the best could not be read again, so the last is kept"), "\(resumed.output)")
    #expect(
      try LSTM<Float>(contentsOf: folder.path("steep/model.safetensors")).parameters
        != LSTM<Float>(contentsOf: folder.path("other/checkpoints/best.safetensors")).parameters)
  }

  @Test("--patience ends a run that no longer improves, and writes its best model")
  func patience() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "2000" : $0 }
    let run = try Executable.succeed(
      options + ["--validate-every", "5", "--patience", "2", "--learning-rate", "0.3", "--optimizer", "sgd"])
    #expect(run.output.contains("Ended early: 2 validations in a row brought no improvement"), "\(run.output)")
    let best = try LSTM<Float>(contentsOf: folder.path("run/checkpoints/best.safetensors"))
    #expect(try LSTM<Float>(contentsOf: folder.path("run/model.safetensors")).parameters == best.parameters)
    let again = try Executable.succeed(
      options + [
        "--validate-every", "5", "--patience", "2", "--learning-rate", "0.3", "--optimizer", "sgd", "--resume",
      ])
    #expect(again.output.contains("The run has already ended, at update"))
    #expect(again.output.contains("Ended early: 2 validations in a row brought no improvement; the best model is kept"))
    #expect(try LSTM<Float>(contentsOf: folder.path("run/model.safetensors")).parameters == best.parameters)
  }
}
