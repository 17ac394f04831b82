import ArgumentParser
import Gatewise
import GatewiseRuns

/// The options of `train` for its length, batches, validation, checkpoints and logs.
struct TrainRunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read options from this YAML file, such as the run.yaml that each run writes to --out; options of the command "
        + "line take precedence.", valueName: "path"))
  var config: String?

  @Option(help: ArgumentHelp("Number of sequences, or streams of a text, in a batch.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Number of time steps in a window; not for classification.", valueName: "n"))
  var window: Int?

  @Option(help: ArgumentHelp("Number of updates.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The fraction of the data held out for validation (default: 0.1 of a text, 0.2 of a table).", valueName: "x"))
  var validation: Double?

  @Option(help: ArgumentHelp("Updates between validations (default: a tenth of the run).", valueName: "n"))
  var validateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Updates between checkpoints (default: a tenth of the run). A checkpoint is also written after ten minutes.",
      valueName: "n"))
  var checkpointEvery: Int?

  @Option(help: ArgumentHelp("Checkpoints to keep besides that of the best validation (default: 3).", valueName: "n"))
  var keepCheckpoints: Int?

  @Flag(
    help: ArgumentHelp(
      "Resume from the last checkpoint in --out, with the same options; if the run has ended, write missing files."))
  var resume = false

  @Flag(
    help: ArgumentHelp(
      "Try learning rates from small to large in a hundred updates, and print the losses and a suggested rate. "
        + "Nothing is trained, and --out is not changed."))
  var findLearningRate = false

  @Option(
    help: ArgumentHelp(
      "Stop after this number of consecutive validations without improvement, and write the model of the best one.",
      valueName: "n"))
  var patience: Int?

  @Flag(help: "Write events for TensorBoard to the folder tensorboard in --out.")
  var tensorboard = false

  @Flag(help: "Write a report of the run, report.html: losses, norms and saturation by layer, settings.")
  var html = false

  @Option(
    help: ArgumentHelp(
      "With mpirun: seconds after which a process that does not answer is given up.", valueName: "x"))
  var rankTimeout = 60.0

  @Flag(help: "Skip batches whose loss or gradient is not finite, instead of stopping.")
  var skipBadBatches = false

  func validate() throws {
    let counts = [
      ("--batch", batch), ("--window", window), ("--steps", steps), ("--validate-every", validateEvery),
      ("--checkpoint-every", checkpointEvery), ("--keep-checkpoints", keepCheckpoints), ("--patience", patience),
    ]
    for (flag, count) in counts { try require(flag, count, "at least 1") { $0 >= 1 } }
    try require("--rank-timeout", rankTimeout, "above 0") { $0 > 0 && $0.isFinite }
    try require("--validation", validation, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    if validation == 0, validateEvery != nil {
      throw ValidationError("--validate-every needs data held out, but --validation is 0.")
    }
    if validation == 0, patience != nil {
      throw ValidationError("--patience needs data held out, but --validation is 0.")
    }
  }

  /// Checks that no option contradicts `--find-learning-rate`.
  ///
  /// - Parameter arguments: the command line without the run file, whose options for a whole run do not contradict it.
  func checkSearch(arguments: [String]) throws {
    guard findLearningRate else { return }
    let flags = ["--resume", "--learning-rate", "--tensorboard", "--html"]
    let given = arguments.map { String($0.prefix { $0 != "=" }) }
    guard let flag = resume ? "--resume" : flags.first(where: given.contains) else { return }
    throw ValidationError(
      "\(flag) excludes --find-learning-rate, which tries its own rates and writes no files; leave one out."
    )
  }

  /// Returns the fraction of the data that is held out.
  func fraction(for data: RunData) -> Double {
    if let validation { return validation }
    if case .text = data { return 0.1 }
    return 0.2
  }

  func set(_ options: inout TrainingOptions) {
    options.batchSize = batch
    options.window = window
    options.steps = steps
    options.seed = seed
    options.validateEvery = validateEvery
    options.checkpointEvery = checkpointEvery
    (options.keptCheckpoints, options.patience) = (keepCheckpoints, patience)
    (options.skipsBadBatches, options.writesEvents) = (skipBadBatches, tensorboard)
  }
}
