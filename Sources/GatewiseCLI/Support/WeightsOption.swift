import ArgumentParser
import Gatewise

/// `--weights`, which means the same in every command that only infers.
struct WeightsOption: ParsableArguments {
  @Option(
    name: .customLong("weights"),
    help: ArgumentHelp(
      "How weights are stored: full, bfloat16 in half the bytes, or int8 in a quarter (default: full).",
      discussion: """
        bfloat16 rounds every weight by at most 0.4 %; int8 rounds weights, and what they are multiplied by, to 8 bits. A \
        single sequence runs up to twice as fast with bfloat16, and two to three times as fast with int8 where layers \
        have some hundred units. gatewise predict --compare says what that costs.
        """,
      valueName: "storage"))
  var choice: WeightStorage?

  /// What the command line asks for.
  var storage: WeightStorage { choice ?? .full }
}

extension WeightStorage: ExpressibleByArgument {}
