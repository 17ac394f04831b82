import Gatewise
import GatewiseReference

extension ReferenceRule {
  /// The network whose exact gradient a rule is.
  package init(of rule: any GradientRule) {
    self =
      switch rule {
      case let rule as TruncatedBPTT: .truncated(every: rule.every, depth: rule.depth)
      case let rule as RecurrentCut: .recurrentCut(PeepholePaths(rule.peepholePaths))
      case let rule as TruncatedRTRL:
        switch rule.lowerLayers {
        case .throughCurrentInputs: .currentInputs(PeepholePaths(rule.peepholePaths))
        case .none: .outputLayerOnly(PeepholePaths(rule.peepholePaths))
        }
      default: .full
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
