import ArgumentParser
import Gatewise
import GatewiseRuns

/// How long `train` runs, on how much at a time, and how often it judges and saves.
struct TrainRunOptions: ParsableArguments {
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

  @Option(help: ArgumentHelp("Updates from one saved model to the next; a tenth of the run.", valueName: "n"))
  var checkpointEvery: Int?

  func validate() throws {
    let counts = [
      ("--batch", batch), ("--window", window), ("--steps", steps), ("--validate-every", validateEvery),
      ("--checkpoint-every", checkpointEvery),
    ]
    for (flag, count) in counts { try require(flag, count, "at least 1") { $0 >= 1 } }
    try require("--validation", validation, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    if validation == 0, validateEvery != nil {
      throw ValidationError("--validate-every needs data held out, but --validation is 0.")
    }
  }

  /// The options that decide what is held out, to be given again when going on: a model must not train on what it is
  /// judged by later.
  var splitArguments: [String] {
    (seed == 1 ? [] : ["--seed", "\(seed)"]) + (validation.map { ["--validation", "\($0)"] } ?? [])
  }

  func set(_ options: inout TrainingOptions) {
    options.batchSize = batch
    options.window = window
    options.steps = steps
    options.seed = seed
    options.validateEvery = validateEvery
    options.checkpointEvery = checkpointEvery
  }
}
