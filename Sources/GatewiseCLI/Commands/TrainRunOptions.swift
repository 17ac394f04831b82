import ArgumentParser
import Gatewise
import GatewiseRuns

/// How long `train` runs, on how much at a time, and how often it judges and saves.
struct TrainRunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take the options of this YAML file, such as the run.yaml that each run leaves in --out; those of the command line "
        + "win.", valueName: "path"))
  var config: String?

  @Option(help: ArgumentHelp("Sequences, or streams of a text, that run side by side.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Time steps of a window; not for classification.", valueName: "n"))
  var window: Int?

  @Option(help: ArgumentHelp("Updates to make.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("All random choices come from it.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("The part of the data held out; 0.1 of a text, 0.2 of a table where not given.", valueName: "x"))
  var validation: Double?

  @Option(help: ArgumentHelp("Updates from one validation to the next; a tenth of the run.", valueName: "n"))
  var validateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Updates from one checkpoint to the next; a tenth of the run. After ten minutes there is one in any case.",
      valueName: "n"))
  var checkpointEvery: Int?

  @Option(help: ArgumentHelp("Checkpoints to keep, beside that of the best validation; 3.", valueName: "n"))
  var keepCheckpoints: Int?

  @Flag(
    help: ArgumentHelp(
      "Go on from the last checkpoint in --out, with the same options; a run that has ended is only made complete."))
  var resume = false

  @Flag(
    help: ArgumentHelp(
      "Try learning rates from small to large in a hundred updates, print the losses and the rate that they suggest, and "
        + "end: nothing is trained, and --out stays as it is."))
  var findLearningRate = false

  @Option(
    help: ArgumentHelp(
      "End after so many validations in a row that bring nothing better, and leave the model of the best.",
      valueName: "n"))
  var patience: Int?

  @Flag(help: "Write events for TensorBoard into the folder tensorboard in --out.")
  var tensorboard = false

  @Flag(help: "Leave the run as a page, report.html: losses, norms and saturation by layer, settings.")
  var html = false

  @Option(
    help: ArgumentHelp(
      "Under mpirun: give up processes that do not answer after so many seconds.", valueName: "x"))
  var rankTimeout = 60.0

  @Flag(help: "Pass over batches whose loss or gradient is not a number, instead of ending.")
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

  /// Checks that nothing is said that a search for a learning rate contradicts.
  ///
  /// - Parameter arguments: the command line, without a run file: what it says of a whole run is no contradiction.
  func checkSearch(arguments: [String]) throws {
    guard findLearningRate else { return }
    let flags = ["--resume", "--learning-rate", "--tensorboard", "--html"]
    let given = arguments.map { String($0.prefix { $0 != "=" }) }
    guard let flag = resume ? "--resume" : flags.first(where: given.contains) else { return }
    throw ValidationError(
      "\(flag) does not belong to --find-learning-rate, which tries rates of its own and leaves nothing; leave one out."
    )
  }

  /// The part of data that is held out.
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
