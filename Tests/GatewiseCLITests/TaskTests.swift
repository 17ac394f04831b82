import Foundation
import Gatewise
import Testing

@Suite("gatewise train --task")
struct TaskTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns the arguments of a short run, with options that replace its own.
  private func run(_ options: [String], out: String = "run") -> [String] {
    var usual = ["--streams", "50", "--test-every", "20"]
    for place in [2, 0] where options.contains(usual[place]) { usual.removeSubrange(place..<place + 2) }
    return ["train", "--task", "continual-reber", "--out", folder.path(out)] + usual + options
  }

  @Test("writes a model that gradients reads and a log of the tests, and prints the verdict")
  func files() throws {
    let outcome = try Executable.succeed(run([]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).count == 2)
    let verdict = try #require(outcome.lines.first { $0.hasPrefix("Streams 50; mean error-free length on 10 test ") })
    print(verdict)
    #expect(verdict.hasSuffix("symbols (rest)."))
    #expect(outcome.output.contains("424 parameters") && outcome.output.contains("stream 50/50"))
    let log = try String(contentsOfFile: folder.path("run/log.csv"), encoding: .utf8).split(separator: "\n")
    #expect(log.map { $0.prefix { $0 != "," } } == ["stream", "20", "40", "50"])
    #expect(log.dropFirst().allSatisfy { $0.split(separator: ",").count == 4 })

    let model = folder.path("run/model.safetensors")
    #expect(try LSTM<Float>(contentsOf: model).layout.count == 424)
    let x = try Tensor<Float>(shape: [3, 1, 7], elements: (0..<21).map { $0 % 8 == 0 ? 1 : 0 })
    try SafetensorsFile.write([.init("x", x)], to: folder.path("io"))
    try Executable.succeed([
      "gradients", model, "--input", folder.path("io"), "--output", folder.path("g"), "--rule", "truncated-rtrl",
    ])
    #expect(try SafetensorsFile(path: folder.path("g"))["d.head.input_weight"]?.shape == [7, 7])
  }

  @Test("gives the same bits for the same seed and any number of threads, and others for other options")
  func bits() throws {
    try Executable.succeed(run(["--threads", "1"], out: "one"))
    try Executable.succeed(run(["--threads", "2"], out: "two"))
    let one = try folder.bytes("one/model.safetensors")
    #expect(try one == folder.bytes("two/model.safetensors"))
    for option in ["--seed 2", "--dtype float64", "--learning-rate 0.1", "--learning-rate-decay 0.5"] {
      try Executable.succeed(run(option.split(separator: " ").map(String.init), out: "other"))
      #expect(try one != folder.bytes("other/model.safetensors"), "\(option)")
    }
  }

  @Test("stops when a mean length is reached, and when no stream has an error")
  func stopping() throws {
    let reached = try Executable.succeed(run(["--stop-at", "0.1", "--test-every", "1"]))
    print(reached.lines.first { $0.hasPrefix("Streams ") } ?? "")
    let streams = try #require(reached.number(behind: "\nStreams "))
    #expect(streams < 50)
    let perfect = try Executable.succeed(
      run([
        "--streams", "5000", "--test-every", "1", "--test-length", "2", "--test-streams", "1",
      ]))
    #expect(try #require(perfect.number(behind: "\nStreams ")) < 5000)
  }

  @Test("saves on Ctrl-C and exits with 0")
  func interrupt() throws {
    let run = try LongRun(
      ["train", "--task", "continual-reber", "--streams", "100000000", "--out", folder.path("run")], in: folder)
    try run.wait(for: "stream ")
    kill(run.process.processIdentifier, SIGINT)
    run.process.waitUntilExit()
    #expect(run.process.terminationReason == .exit && run.process.terminationStatus == 0)
    #expect(try run.output.contains("of 100000000; the model is saved"))
    #expect(try LSTM<Float>(contentsOf: folder.path("run/model.safetensors")).layout.count == 424)
  }

  @Test(
    "reports options that do not apply to it in one sentence",
    arguments: [
      ("--hidden 8", "--hidden excludes --task"), ("--steps 5", "--steps excludes --task"),
      ("--optimizer adam", "--optimizer excludes --task"), ("--rule bptt", "--rule excludes --task"),
      ("--window=3", "--window excludes --task"),
      ("--text a", "--text and --task exclude each other"), ("--csv a", "--csv and --task exclude each other"),
      ("--unit bytes", "--unit needs --text"), ("--target a", "--target needs a table"),
      ("--from a", "--from excludes --task"), ("--streams 0", "--streams must be at least 1, but is 0"),
      ("--test-every 0", "--test-every must be at least 1, but is 0"),
      ("--test-streams -1", "--test-streams must be at least 1, but is -1"),
      ("--test-length 0", "--test-length must be at least 1, but is 0"),
      ("--stop-at 0", "--stop-at must be above 0, but is 0"),
      ("--learning-rate-decay 1.5", "--learning-rate-decay must be above 0 and at most 1, but is 1.5"),
      ("--learning-rate-decay 0", "--learning-rate-decay must be above 0 and at most 1, but is 0"),
      ("--learning-rate 0", "--learning-rate must be a finite number above 0, but is 0"),
      ("--threads 0", "--threads must be from 1 to 1024, but is 0"),
    ])
  func misfits(_ option: String, sentence: String) throws {
    try Executable.fail(
      ["train", "--task", "continual-reber", "--out", folder.path("run")]
        + option.split(separator: " ").map(String.init),
      status: 64, saying: sentence)
    #expect(try folder.names.isEmpty)
  }

  @Test("lists the tasks, and reports a task's options in other runs")
  func names() throws {
    try Executable.fail(
      ["train", "--task", "adding", "--out", folder.path("run")], status: 64,
      saying: "--task must be one of continual-reber, but is adding.")
    for option in ["--streams", "--stop-at", "--test-every", "--test-streams", "--test-length"] {
      try Executable.fail(
        ["train", "--text", "a", option, "5", "--out", folder.path("run")], status: 64,
        saying: "\(option) needs a task from a paper")
    }
    try Executable.fail(["train", "--out", folder.path("run")], status: 64, saying: "--text, --csv, --npy or --task")
  }
}
