import Testing

@testable import Gatewise

/// A backward pass over given h, c and gates where variants meet each other, and the initial state is learned or given.
@Suite struct GivenRecordTests {
  @Test func `pairs of variants go back over given records, a learned initial state among it`() throws {
    var worst = WorstDifference()
    let members = VariantMember.pairs.filter {
      $0.configuration.regularization == .none && $0.configuration.normalization == nil && !$0.isToken
    }
    #expect(members.contains { $0.configuration.learnsInitialState })
    for member in members {
      let drawn = try member.problem.make()
      let x = try Tensor(
        shape: [VariantMember.T, VariantMember.N, member.configuration.inputSize], elements: drawn.batch.inputs)
      for engine in Engine.family {
        let expected = try drawn.gradients(engine)
        let found = try drawn.model.gradients(
          of: x, records: try drawn.forward(engine, recordsLayers: true).layers, lengths: member.lengths,
          initialState: drawn.initialState, outputGradient: drawn.outputGradient,
          finalStateGradient: drawn.finalStateGradient, execution: engine.execution())
        for entry in drawn.model.layout.entries {
          let difference = Agreement.difference(
            Array(found.parameters[entry.range]), Array(expected.parameters[entry.range]))
          #expect(difference <= 1e-14, "\(entry.name), \(member.name), \(engine)")
          worst.note(difference, "\(entry.name), \(member.name)")
        }
        let difference = Agreement.difference(found.input.elements, expected.input.elements)
        #expect(difference <= 1e-14, "x, \(member.name), \(engine)")
        worst.note(difference, "x, \(member.name)")
      }
    }
    print("gradients over given records, \(members.count) pairs: worst \(worst.difference) (\(worst.place))")
  }
}
