import ArgumentParser
import Gatewise
import GatewiseRuns
import GatewiseTasks

/// A run of `train --task`.
struct TrainTaskOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the learning rate is multiplied by after each symbol of a stream; it starts anew with every stream. 1 keeps "
        + "it; 0.99 where not given.",
      valueName: "x"))
  var learningRateDecay: Double?

  @Option(help: ArgumentHelp("At most so many streams to train on; 30000 where not given.", valueName: "n"))
  var streams: Int?

  @Option(help: ArgumentHelp("Training streams from one test to the next; 100 where not given.", valueName: "n"))
  var testEvery: Int?

  @Option(help: ArgumentHelp("Streams of a test; 10 where not given.", valueName: "n"))
  var testStreams: Int?

  @Option(
    help: ArgumentHelp(
      "Symbols after which a stream ends without an error, in training and in tests; 100000 where not given.",
      valueName: "n"))
  var testLength: Int?

  @Option(
    help: ArgumentHelp(
      "End when the mean length in a test reaches this; where not given, when no stream has an error.",
      valueName: "length"))
  var stopAt: Double?

  /// What may stand beside `--task`.
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

  /// Checks that there is the task, and that nothing is said that it decides.
  ///
  /// - Parameter arguments: the command line: it knows of options that were given their default, too.
  func check(_ name: TaskName, arguments: [String]) throws {
    _ = try name.task
    for argument in arguments where argument.hasPrefix("--") {
      let flag = String(argument.prefix { $0 != "=" })
      guard !Self.flags.contains(flag) else { continue }
      throw ValidationError("\(flag) does not belong to --task, which decides on model and training; leave it out.")
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
    throw ValidationError("\(flag) belongs to a paper's task (--task), but this run has none; leave it out.")
  }

  /// The options of the run, with those that other runs have, too.
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

  /// Trains and says what came of it.
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
    writer.message("Left \(folder.model) and \(folder.log).")
    try StandardOutput.checkProgress(writer.failure)
  }
}

extension TaskName {
  /// The task of this name.
  ///
  /// - Throws: `ValidationError` with the names that there are.
  var task: PaperTask {
    get throws {
      if let task = PaperTask(rawValue: text) { return task }
      let names = PaperTask.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--task \(text) is no task; there is: \(names).")
    }
  }
}
