import Gatewise

extension GradientRule {
  /// The rule as command-line options: `bptt --segment 20`. Stored in checkpoints.
  var optionText: String {
    switch definition {
    case let rule as BPTT: "bptt" + option("segment", rule.segment) + option("delta-clip", rule.deltaClip)
    case let rule as TruncatedBPTT:
      "tbptt --every \(rule.every) --depth \(rule.depth)" + option("delta-clip", rule.deltaClip)
    case let rule as TruncatedRTRL:
      "truncated-rtrl --lower-layers \(rule.lowerLayers == .none ? "none" : "current-inputs")"
        + " --peephole-paths \(rule.peepholePaths.optionText)"
    case let rule as RecurrentCut:
      "recurrent-cut --peephole-paths \(rule.peepholePaths.optionText)" + option("delta-clip", rule.deltaClip)
    case is RTRL: "rtrl"
    default: "\(definition)"
    }
  }
}

extension PeepholePaths {
  fileprivate var optionText: String {
    switch self {
    case .detached: "detached"
    case .outputAttached: "output"
    case .attached: "all"
    }
  }
}

extension Schedule {
  /// The schedule as command-line options. Stored in checkpoints.
  var optionText: String {
    switch self {
    case .constant: "constant"
    case .step(let every, let factor): "step --schedule-every \(every) --schedule-factor \(factor)"
    case .exponential(let factor): "exponential --schedule-factor \(factor)"
    case .warmupCosine(let warmup, let total, let floor):
      "warmup-cosine --warmup \(warmup) --schedule-floor \(floor) over \(total) updates"
    }
  }
}

extension Clipping {
  /// The bound as a command-line option. Stored in checkpoints.
  var optionText: String {
    switch self {
    case .norm(let bound): "--clip-norm \(bound)"
    case .value(let bound): "--clip-value \(bound)"
    }
  }
}

extension Initialization {
  /// The distribution as command-line options. Stored in checkpoints.
  var optionText: String { distribution.rawValue + option("forget-bias", forgetBias) }
}

/// An option with its value, after a space; nothing without a value.
func option<Value>(_ name: String, _ value: Value?) -> String { value.map { " --\(name) \($0)" } ?? "" }
