import ArgumentParser
import Gatewise

/// The option `--weights`, which all commands for inference share.
struct WeightsOption: ParsableArguments {
  @Option(
    name: .customLong("weights"),
    help: ArgumentHelp(
      "Storage of the weights: full, bfloat16 in half the bytes, or int8 in a quarter (default: full).",
      discussion: """
        bfloat16 rounds every weight by at most 0.4 %; int8 rounds weights, and the values that they multiply, to 8 \
        bits. A single sequence runs up to twice as fast with bfloat16, and two to three times as fast with int8 if \
        layers have a few hundred units. gatewise predict --compare prints the resulting differences.
        """,
      valueName: "storage"))
  var choice: WeightStorage?

  /// The storage that the command line selects.
  var storage: WeightStorage { choice ?? .full }
}

extension WeightStorage: ExpressibleByArgument {}
