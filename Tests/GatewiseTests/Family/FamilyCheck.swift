import GatewiseReference
import Testing

@testable import Gatewise

/// Compares gradients and outputs of members with the complex step of the network of a rule.
struct FamilyCheck {
  var tolerance = BPTTTests.tolerance

  /// Compares every tensor of every member and prints the worst difference.
  func callAsFunction(
    _ name: String, _ members: [FamilyMember], _ rule: any GradientRule, _ network: ReferenceRule
  ) throws {
    var (worst, worstOutput) = (WorstDifference(), WorstDifference())
    for member in members {
      let drawn = try member.problem.make()
      let oracle = OracleAnswer(drawn.reference(network))
      for engine in Engine.family {
        let found = try drawn.gradients(rule: rule, engine)
        for (tensor, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
          #expect(difference <= tolerance, "\(tensor), \(name), \(engine), \(member.testDescription)")
          worst.note(difference, "\(tensor), \(member.testDescription)")
        }
        let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
        for (tensor, difference) in outputs {
          #expect(difference <= tolerance, "\(tensor), \(name), \(engine), \(member.testDescription)")
          worstOutput.note(difference, "\(tensor), \(member.testDescription)")
        }
      }
    }
    print(
      "family, \(name) and complex step, \(members.count) members: worst \(worst.difference) (\(worst.place)); outputs "
        + "\(worstOutput.difference)")
  }
}
