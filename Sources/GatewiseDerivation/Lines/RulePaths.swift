import Gatewise

/// The paths that a rule leaves an error, as far as lines differ by them.
struct RulePaths: Sendable {
  /// What a layer sends to the layer below.
  enum Below: Sendable {
    /// All that δ(t) holds.
    case whole
    /// What δ(t) is for the error of step t alone.
    case current
    /// Nothing.
    case nothing
  }

  /// The rule's name.
  let name: String
  /// Whether errors go back through y(t-1).
  let throughRecurrence: Bool
  /// Which peepholes let errors through to the cell state.
  let peepholes: PeepholePaths
  let below: Below
  /// Whether the papers' forward traces make the same gradient step by step.
  let isOnline: Bool
  /// The blocks in which truncated BPTT sends errors back; none where all go back at once.
  private(set) var blocks: [ErrorBlock] = []

  /// The paths of a rule.
  ///
  /// - Parameter steps: T, which the blocks of truncated BPTT depend on, and nothing else.
  /// - Throws: `GatewiseError.invalidArgument` for a rule that has no lines of its own, or that cannot be.
  init(of rule: any GradientRule, steps: Int = 1) throws(GatewiseError) {
    try rule.validate()
    let clip =
      (rule as? BPTT)?.deltaClip ?? (rule as? TruncatedBPTT)?.deltaClip ?? (rule as? RecurrentCut)?.deltaClip
    if let clip {
      throw .invalidArgument("Deltas clipped to \(clip) make no gradient that could be derived; leave the bound out.")
    }
    switch rule {
    case let rule as BPTT:
      if let segment = rule.segment {
        throw .invalidArgument(
          "BPTT in segments of \(segment) steps has the lines of BPTT without segments; leave the segment out.")
      }
      self.init(name: "full BPTT", throughRecurrence: true, peepholes: .attached, below: .whole)
    case is RTRL:
      self.init(name: "exact RTRL", throughRecurrence: true, peepholes: .attached, below: .whole)
    case let rule as RecurrentCut:
      self.init(
        name: "the recurrent cut (R2)", throughRecurrence: false, peepholes: rule.peepholePaths, below: .whole)
    case let rule as TruncatedRTRL:
      switch rule.lowerLayers {
      case .throughCurrentInputs:
        self.init(
          name: "truncated RTRL, errors below through current inputs (R1)", throughRecurrence: false,
          peepholes: rule.peepholePaths, below: .current, isOnline: true)
      case .none:
        self.init(
          name: "truncated RTRL, no errors below (R0)", throughRecurrence: false, peepholes: rule.peepholePaths,
          below: .nothing, isOnline: true)
      }
    case let rule as TruncatedBPTT:
      self.init(
        name: "truncated BPTT, every \(rule.every) \(rule.every == 1 ? "step" : "steps"), \(rule.depth) deep",
        throughRecurrence: true, peepholes: .attached, below: .whole)
      blocks = ErrorBlock.all(rule, steps: steps)
    default:
      throw .invalidArgument("There is no derivation for the rule \(type(of: rule)).")
    }
  }

  private init(
    name: String, throughRecurrence: Bool, peepholes: PeepholePaths, below: Below, isOnline: Bool = false
  ) {
    (self.name, self.throughRecurrence, self.peepholes) = (name, throughRecurrence, peepholes)
    (self.below, self.isOnline) = (below, isOnline)
  }

  /// Why errors do not go through y(t-1); nil where they do.
  var recurrenceCut: Line.Cut? { throughRecurrence ? nil : .recurrence }

  /// Why errors do not go through a gate's peephole; nil where they do.
  func peepholeCut(_ gate: Gate) -> Line.Cut? {
    switch (peepholes, gate) {
    case (.attached, _), (.outputAttached, .output): nil
    default: .peephole
    }
  }
}
