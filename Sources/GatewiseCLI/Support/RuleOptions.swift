import ArgumentParser
import Gatewise

/// The options for the gradient rule and its settings.
struct RuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The gradient rule: backpropagation through all time steps (bptt); through some of them (tbptt); truncated as in "
        + "the papers (truncated-rtrl); through the cell states only (recurrent-cut); or exact, by forward derivatives "
        + "(rtrl)."))
  var rule = RuleName.bptt

  @Option(
    help: ArgumentHelp(
      "With bptt: keep the gates of this number of steps at a time, for long sequences. If it is the square root of "
        + "the steps, memory grows as that root. The gradient is the same; the cost is one additional forward pass.",
      valueName: "n"))
  var segment: Int?

  @Option(help: ArgumentHelp("With tbptt: number of steps between backward passes.", valueName: "k1"))
  var every: Int?

  @Option(help: ArgumentHelp("With tbptt: number of steps of each backward pass, at least --every.", valueName: "k2"))
  var depth: Int?

  @Option(
    help: ArgumentHelp(
      "With truncated-rtrl: the error that reaches the layers below the highest, that of a step through its own inputs "
        + "or none (default: current-inputs)."))
  var lowerLayers: LowerLayersName?

  @Option(
    help: ArgumentHelp(
      "With truncated-rtrl and recurrent-cut: the gates whose peephole connections pass errors to the cell state "
        + "(default: detached)."))
  var peepholePaths: PeepholePathsName?

  @Option(
    help: ArgumentHelp(
      "With bptt, tbptt and recurrent-cut: clip each element of the deltas at each step. The result is no longer a "
        + "gradient.", valueName: "x"))
  var deltaClip: Double?

  func validate() throws {
    try require("--delta-clip", deltaClip, "above 0") { $0 > 0 }
    try require("--segment", segment, "at least 1") { $0 >= 1 }
    let given: [(flag: String, isGiven: Bool, rules: [RuleName])] = [
      ("--segment", segment != nil, [.bptt]), ("--every", every != nil, [.tbptt]), ("--depth", depth != nil, [.tbptt]),
      ("--lower-layers", lowerLayers != nil, [.truncatedRTRL]),
      ("--peephole-paths", peepholePaths != nil, [.truncatedRTRL, .recurrentCut]),
      ("--delta-clip", deltaClip != nil, [.bptt, .tbptt, .recurrentCut]),
    ]
    for (flag, isGiven, rules) in given where isGiven && !rules.contains(rule) {
      let names = rules.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("\(flag) needs --rule \(names), but the rule is \(rule.rawValue).")
    }
    guard rule == .tbptt else { return }
    guard every != nil, depth != nil else {
      throw ValidationError("--rule tbptt needs --every and --depth; give both, for example --every 20 --depth 40.")
    }
    do { try gradientRule.validate() } catch { throw ValidationError("\(error)") }
  }

  /// Whether any of these was given.
  var isGiven: Bool { rule != .bptt || segment != nil || deltaClip != nil }

  /// The gradient rule that the options describe.
  var gradientRule: GradientRule {
    switch rule {
    case .bptt: .bptt(segment: segment, deltaClip: deltaClip)
    case .tbptt: .truncatedBPTT(every: every ?? 1, depth: depth ?? 1, deltaClip: deltaClip)
    case .truncatedRTRL:
      .truncatedRTRL(
        lowerLayers: (lowerLayers ?? .currentInputs).value, peepholePaths: (peepholePaths ?? .detached).value)
    case .recurrentCut: .recurrentCut(peepholePaths: (peepholePaths ?? .detached).value, deltaClip: deltaClip)
    case .rtrl: .rtrl
    }
  }
}

/// The rules of `--rule`.
enum RuleName: String, ExpressibleByArgument, CaseIterable {
  case bptt
  case tbptt
  case truncatedRTRL = "truncated-rtrl"
  case recurrentCut = "recurrent-cut"
  case rtrl
}

/// The values of `--lower-layers`.
enum LowerLayersName: String, ExpressibleByArgument, CaseIterable {
  case currentInputs = "current-inputs"
  case nothing = "none"

  var value: LowerLayerPaths {
    switch self {
    case .currentInputs: .throughCurrentInputs
    case .nothing: .none
    }
  }
}

/// The values of `--peephole-paths`.
enum PeepholePathsName: String, ExpressibleByArgument, CaseIterable {
  case detached
  case output
  case all

  var value: PeepholePaths {
    switch self {
    case .detached: .detached
    case .output: .outputAttached
    case .all: .attached
    }
  }
}
