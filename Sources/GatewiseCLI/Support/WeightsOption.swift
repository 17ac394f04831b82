import ArgumentParser
import Gatewise

/// `--weights`, which means the same in every command that only infers.
struct WeightsOption: ParsableArguments {
  @Option(
    name: .customLong("weights"),
    help: ArgumentHelp(
      "How weights are stored: full, or bfloat16 in half the bytes (default: full).",
      discussion: "bfloat16 rounds every weight by at most 0.4 %; a single sequence runs up to twice as fast.",
      valueName: "storage"))
  var choice: WeightStorage?

  /// What the command line asks for.
  var storage: WeightStorage { choice ?? .full }
}

extension WeightStorage: ExpressibleByArgument {}
