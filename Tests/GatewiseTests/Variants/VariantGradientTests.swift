import GatewiseReference
import Testing

@testable import Gatewise

/// Every variant against the complex step with its random masks held fixed: 1e-12 relative.
@Suite struct VariantGradientTests {
  private func check(
    _ name: String, _ members: [VariantMember], _ rule: GradientRule = .bptt(), _ network: ReferenceRule = .full,
    engines: [Engine] = Engine.family
  ) throws {
    try FamilyCheck(engines: engines)(name, members.map { ($0.name, $0.problem) }, rule, network)
  }

  @Test func `each variant has the exact gradient, with every engine`() throws {
    try check("variants alone", VariantMember.alone, engines: Engine.all)
  }

  @Test func `pairs of variants have the exact gradient`() throws {
    try check("pairs of variants", VariantMember.pairs)
  }

  @Test func `segments change nothing but rounding, masks among it`() throws {
    let oneWay = (VariantMember.alone + VariantMember.pairs).filter { !$0.configuration.isBidirectional }
    try check("variants in segments", oneWay, .bptt(segment: 2))
  }

  @Test func `truncated BPTT is the gradient with states held fixed`() throws {
    let oneWay = VariantMember.alone.filter { !$0.configuration.isBidirectional }
    try check("variants, TBPTT", oneWay, .truncatedBPTT(every: 2, depth: 3), .truncated(every: 2, depth: 3))
  }

  @Test func `the recurrent cut is the gradient of the stopped network`() throws {
    let cut = VariantMember.alone.filter {
      !$0.configuration.isBidirectional && !$0.configuration.regularization.zonesOut
    }
    try check("variants, R2", cut, .recurrentCut(), .recurrentCut(.detached))
  }

  @Test func `where nothing is drawn, zoneout holds back as much as in the mean`() throws {
    var members = VariantMember.alone.filter { $0.configuration.regularization.zonesOut }
    for index in members.indices { members[index].configuration.regularization.betweenLayers = 0.5 }
    var worst = WorstDifference()
    for member in members {
      var problem = member.problem
      problem.dropping = nil
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference)
      let found = try drawn.gradients(Engine.family[0])
      for (tensor, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
        #expect(difference <= 1e-12, "\(tensor), \(member.name)")
        worst.note(difference, "\(tensor), \(member.name)")
      }
      let inferred = try drawn.forward(Engine.family[0])
      #expect(Agreement.difference(inferred.output.elements, oracle.outputs.y) <= 1e-12, "\(member.name)")
    }
    print("zoneout in the mean: worst \(worst.difference) (\(worst.place))")
  }
}
