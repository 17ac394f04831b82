import ArgumentParser
import Gatewise
import GatewiseRuns
import GatewiseTasks

/// The options of `train --task`.
struct TrainTaskOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Factor of the learning rate after each symbol of a stream; each stream starts with the full rate. 1 keeps the "
        + "rate constant (default: 0.99).",
      valueName: "x"))
  var learningRateDecay: Double?

  @Option(help: ArgumentHelp("Maximum number of training streams (default: 30000).", valueName: "n"))
  var streams: Int?

  @Option(help: ArgumentHelp("Training streams between tests (default: 100).", valueName: "n"))
  var testEvery: Int?

  @Option(help: ArgumentHelp("Number of streams in a test (default: 10).", valueName: "n"))
  var testStreams: Int?

  @Option(
    help: ArgumentHelp(
      "Number of symbols after which a stream ends without an error, in training and in tests (default: 100000).",
      valueName: "n"))
  var testLength: Int?

  @Option(
    help: ArgumentHelp(
      "Stop when the mean length in a test reaches this value (default: when no stream has an error).",
      valueName: "length"))
  var stopAt: Double?

  /// The options that may be combined with `--task`.
  private static let flags: Set<String> = [
    "--task", "--learning-rate-decay", "--streams", "--test-every", "--test-streams", "--test-length", "--stop-at",
    "--seed", "--learning-rate", "--dtype", "--threads", "--out",
  ]

  func validate() throws {
    try require("--learning-rate-decay", learningRateDecay, "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
    let counts = [
      ("--streams", streams), ("--test-every", testEvery), ("--test-streams", testStreams),
      ("--test-length", testLength),
    ]
    for (flag, count) in counts { try require(flag, count, "at least 1") { $0 >= 1 } }
    try require("--stop-at", stopAt, "above 0") { $0 > 0 }
  }

  /// Checks that the task exists, and that no option is given that the task determines.
  ///
  /// - Parameter arguments: the command line, which also shows options that were given their default value.
  func check(_ name: TaskName, arguments: [String]) throws {
    _ = try name.task
    for argument in arguments where argument.hasPrefix("--") {
      let flag = String(argument.prefix { $0 != "=" })
      guard !Self.flags.contains(flag) else { continue }
      throw ValidationError("\(flag) excludes --task, which determines model and training; leave it out.")
    }
  }

  /// Checks that none of these options was given.
  func checkAbsence() throws {
    let given = [
      ("--learning-rate-decay", learningRateDecay != nil), ("--streams", streams != nil),
      ("--test-every", testEvery != nil), ("--test-streams", testStreams != nil), ("--test-length", testLength != nil),
      ("--stop-at", stopAt != nil),
    ]
    guard let (flag, _) = given.first(where: \.1) else { return }
    throw ValidationError("\(flag) needs a task from a paper (--task), but this run has none; leave it out.")
  }

  /// Returns the options of the run, including the seed and the learning rate that all runs share.
  func options(seed: UInt64, learningRate: Double?) -> TaskOptions {
    var options = TaskOptions()
    options.seed = seed
    options.learningRate = learningRate ?? options.learningRate
    options.learningRateDecay = learningRateDecay ?? options.learningRateDecay
    options.streams = streams ?? options.streams
    options.testEvery = testEvery ?? options.testEvery
    options.testStreams = testStreams ?? options.testStreams
    options.testLength = testLength ?? options.testLength
    options.stopAt = stopAt
    return options
  }

  /// Trains and reports the outcome.
  func run<S: Scalar>(
    _: S.Type, _ task: PaperTask, _ options: TaskOptions, _ folder: OutputFolder, _ execution: Execution
  ) throws {
    let run = try TaskRun<S>(options, folder: folder, execution: execution)
    StopSignals.catchAll()
    var writer = ProgressWriter()
    for line in options.sentences(for: task, parameterCount: run.parameterCount) { writer.message(line) }
    let outcome = try run.run(writer: &writer) { StopSignals.hasArrived }
    if outcome.wasStopped {
      writer.message("Stopped after stream \(outcome.streams) of \(options.streams); the model is saved.")
    }
    for line in outcome.sentences { writer.message(line) }
    writer.message("Wrote \(folder.model) and \(folder.log).")
    try StandardOutput.checkProgress(writer.failure)
  }
}

extension TaskName {
  /// The task of this name.
  ///
  /// - Throws: `ValidationError` with the names of all tasks.
  var task: PaperTask {
    get throws {
      if let task = PaperTask(rawValue: text) { return task }
      let names = PaperTask.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--task must be one of \(names), but is \(text).")
    }
  }
}
