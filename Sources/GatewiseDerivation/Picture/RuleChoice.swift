import Gatewise

/// A rule in pictures: a name, and the color of the paths that it cuts.
struct RuleChoice: Sendable {
  /// A name for style sheets.
  let key: String
  let title: String
  /// In light mode, and in dark mode.
  let color: (light: String, dark: String)
  let rule: GradientRule

  /// A rule.
  init(_ rule: GradientRule) {
    self.rule = rule
    switch rule.definition {
    case let rule as TruncatedBPTT:
      title = "Truncated BPTT, every \(rule.every), \(rule.depth) deep"
      (key, color) = ("tbptt", ("#1a7f37", "#3fb950"))
    case is RecurrentCut: (key, title, color) = ("r2", "Recurrent cut, R2", ("#0969da", "#4493f8"))
    case let rule as TruncatedRTRL where rule.lowerLayers == .none:
      (key, title, color) = ("r0", "Truncated RTRL, R0", ("#8250df", "#ab7df8"))
    case is TruncatedRTRL: (key, title, color) = ("r1", "Truncated RTRL, R1", ("#cf2268", "#ff7eb0"))
    case is RTRL: (key, title, color) = ("rtrl", "Exact RTRL", ("#59636e", "#9198a1"))
    default: (key, title, color) = ("bptt", "Full BPTT", ("#59636e", "#9198a1"))
    }
  }

  /// Every rule with a derivation, among them the given one, whose peephole paths the others share.
  ///
  /// Truncated BPTT, unless it is the given one, has about three blocks over T steps, of which the last does not reach
  /// the first step.
  static func all(beside given: GradientRule, steps: Int) -> [RuleChoice] {
    let every = max(1, steps / 3)
    let definition = given.definition
    let paths =
      (definition as? RecurrentCut)?.peepholePaths ?? (definition as? TruncatedRTRL)?.peepholePaths ?? .detached
    let rules: [GradientRule] = [
      .bptt(),
      .truncatedBPTT(every: every, depth: every + 1),
      .recurrentCut(peepholePaths: paths),
      .truncatedRTRL(lowerLayers: .throughCurrentInputs, peepholePaths: paths),
      .truncatedRTRL(lowerLayers: .none, peepholePaths: paths),
      .rtrl,
    ]
    let chosen = RuleChoice(given)
    return rules.filter { (try? RulePaths(of: $0)) != nil }.map(RuleChoice.init).map {
      $0.key == chosen.key ? chosen : $0
    }
  }
}
