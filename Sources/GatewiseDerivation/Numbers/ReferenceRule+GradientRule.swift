import Gatewise
import GatewiseReference

extension ReferenceRule {
  /// The network whose exact gradient a rule is.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a rule without a reference network.
  package init(of rule: GradientRule) throws(GatewiseError) {
    self =
      switch rule.definition {
      case is BPTT, is RTRL: .full
      case let rule as TruncatedBPTT: .truncated(every: rule.every, depth: rule.depth)
      case let rule as RecurrentCut: .recurrentCut(PeepholePaths(rule.peepholePaths))
      case let rule as TruncatedRTRL:
        switch rule.lowerLayers {
        case .throughCurrentInputs: .currentInputs(PeepholePaths(rule.peepholePaths))
        case .none: .outputLayerOnly(PeepholePaths(rule.peepholePaths))
        }
      default:
        throw .invalidArgument("There is no reference network for the rule \(type(of: rule.definition)).")
      }
  }
}

extension ReferenceRule.PeepholePaths {
  init(_ paths: Gatewise.PeepholePaths) {
    self =
      switch paths {
      case .detached: .detached
      case .outputAttached: .outputAttached
      case .attached: .attached
      }
  }
}
