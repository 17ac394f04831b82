import GatewiseReference
import Testing

@testable import Gatewise

/// Compares gradients and outputs with the complex step of the network of a rule.
struct FamilyCheck {
  var tolerance = BPTTTests.tolerance
  var engines = Engine.family

  /// The same over members as they are.
  func callAsFunction(
    _ name: String, _ members: [FamilyMember], _ rule: GradientRule, _ network: ReferenceRule
  ) throws {
    try self(name, members.map { ($0.testDescription, $0.problem) }, rule, network)
  }

  /// Compares every tensor of every problem and prints the worst difference.
  func callAsFunction(
    _ name: String, _ problems: [(name: String, problem: RandomProblem)], _ rule: GradientRule,
    _ network: ReferenceRule
  ) throws {
    var (worst, worstOutput) = (WorstDifference(), WorstDifference())
    for (member, problem) in problems {
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference(network))
      for engine in engines {
        let found = try drawn.gradients(rule: rule, engine)
        for (tensor, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
          #expect(difference <= tolerance, "\(tensor), \(name), \(engine), \(member)")
          worst.note(difference, "\(tensor), \(member)")
        }
        let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
        for (tensor, difference) in outputs {
          #expect(difference <= tolerance, "\(tensor), \(name), \(engine), \(member)")
          worstOutput.note(difference, "\(tensor), \(member)")
        }
      }
    }
    print(
      "family, \(name) and complex step, \(problems.count) problems: worst \(worst.difference) (\(worst.place)); "
        + "outputs \(worstOutput.difference)")
  }
}
