import ArgumentParser
import Gatewise

/// Which gradient rule, with its settings.
struct RuleOptions: ParsableArguments {
  @Option(help: "How the error goes back through time.")
  var rule = RuleName.bptt

  @Option(
    help: ArgumentHelp(
      "With bptt: keep the gates of so many steps at a time, for long sequences. With the square root of the steps, "
        + "memory grows as that root. The gradient is the same; it costs one forward pass more.",
      valueName: "n"))
  var segment: Int?

  func validate() throws {
    try require("--segment", segment, "at least 1") { $0 >= 1 }
  }

  /// The rule that was asked for.
  var gradientRule: any GradientRule {
    switch rule {
    case .bptt: BPTT(segment: segment)
    }
  }
}

/// The rules of `--rule`.
enum RuleName: String, ExpressibleByArgument, CaseIterable {
  case bptt
}
