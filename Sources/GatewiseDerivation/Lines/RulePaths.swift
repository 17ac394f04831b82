import Gatewise

/// The paths of errors by a rule, as far as lines differ by them.
struct RulePaths: Sendable {
  /// The error that a layer sends to the layer below.
  enum Below: Sendable {
    /// The full δ(t).
    case whole
    /// The part of δ(t) from the error of step t alone.
    case current
    /// Nothing.
    case nothing
  }

  /// The rule's name.
  let name: String
  /// Whether errors go back through y(t-1).
  let throughRecurrence: Bool
  /// The peepholes that pass errors to the cell state.
  let peepholes: PeepholePaths
  let below: Below
  /// Whether the papers' forward traces give the same gradient step by step.
  let isOnline: Bool
  /// The blocks in which truncated BPTT sends errors back; empty if all go back at once.
  private(set) var blocks: [ErrorBlock] = []

  /// Creates the paths of a rule.
  ///
  /// - Parameter steps: T, which only the blocks of truncated BPTT depend on.
  /// - Throws: `GatewiseError.invalidArgument` if the rule is invalid or has no lines of its own.
  init(of rule: GradientRule, steps: Int = 1) throws(GatewiseError) {
    try rule.validate()
    let definition = rule.definition
    let clip =
      (definition as? BPTT)?.deltaClip ?? (definition as? TruncatedBPTT)?.deltaClip
      ?? (definition as? RecurrentCut)?.deltaClip
    if let clip {
      throw .invalidArgument("Deltas clipped to \(clip) have no gradient that can be derived; omit the bound.")
    }
    switch definition {
    case let rule as BPTT:
      if let segment = rule.segment {
        throw .invalidArgument(
          "BPTT in segments of \(segment) steps has the lines of BPTT without segments; omit the segment.")
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
      throw .invalidArgument("There is no derivation for the rule \(type(of: definition)).")
    }
  }

  private init(
    name: String, throughRecurrence: Bool, peepholes: PeepholePaths, below: Below, isOnline: Bool = false
  ) {
    (self.name, self.throughRecurrence, self.peepholes) = (name, throughRecurrence, peepholes)
    (self.below, self.isOnline) = (below, isOnline)
  }

  /// The reason why errors do not go through y(t-1); nil if they do.
  var recurrenceCut: Line.Cut? { throughRecurrence ? nil : .recurrence }

  /// The reason why errors do not go through a gate's peephole; nil if they do.
  func peepholeCut(_ gate: Gate) -> Line.Cut? {
    switch (peepholes, gate) {
    case (.attached, _), (.outputAttached, .output): nil
    default: .peephole
    }
  }
}
