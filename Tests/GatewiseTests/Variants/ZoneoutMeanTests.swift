import GatewiseReference
import Testing

@testable import Gatewise

/// Zoneout where nothing is drawn beside every other variant: there a state is part kept and part new in every place,
/// and whoever asks of what was new, the bounds of a projection or of cells, must not ask what became of it.
@Suite struct ZoneoutMeanTests {
  @Test func `beside each variant, zoneout in the mean has the exact gradient`() throws {
    var worst = WorstDifference()
    let members = (VariantMember.alone + VariantMember.pairs).filter { $0.configuration.regularization.zonesOut }
    for member in members {
      var problem = member.problem
      problem.dropping = nil
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference)
      let found = try drawn.gradients(Engine.family[0])
      let gradients = oracle.differences(of: found, layout: drawn.model.layout)
      let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
      for (tensor, difference) in gradients + outputs {
        #expect(difference <= 1e-12, "\(tensor), \(member.name)")
        worst.note(difference, "\(tensor), \(member.name)")
      }
    }
    print("zoneout in the mean, \(members.count) problems: worst \(worst.difference) (\(worst.place))")
  }
}
