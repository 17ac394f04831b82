import Testing

@testable import Gatewise

/// The truncated gradient of the family by traces, step by step, against its reverse form over the window: 1e-12.
@Suite struct FamilyTraceTests {
  private static let rules = PeepholePaths.allCases.flatMap { paths in
    LowerLayerPaths.allCases.map { TruncatedRTRL(lowerLayers: $0, peepholePaths: paths) }
  }

  @Test(arguments: [1, 2, 3]) func `traces are the reverse form`(S: Int) throws {
    var worst = WorstDifference()
    let members = (FamilyMember.all + FamilyMember.presets).filter {
      $0.configuration.cell.cellsPerBlock == S && !$0.configuration.readsLastStepOnly
    }
    for member in members {
      for rule in Self.rules {
        for (name, difference) in try differences(member, rule) {
          #expect(difference <= 1e-12, "\(name), \(rule), \(member.testDescription)")
          worst.note(difference, "\(name), \(rule), \(member.testDescription)")
        }
      }
    }
    print(
      "family, traces and reverse form, S \(S), \(members.count) members: worst \(worst.difference) (\(worst.place))")
  }

  private func differences(_ member: FamilyMember, _ rule: TruncatedRTRL) throws -> [NamedDifference] {
    var problem = member.problem
    problem.lengths = nil
    let drawn = try problem.make()
    let (T, N, I, K) = (
      problem.steps, problem.batchSize, problem.configuration.inputSize, problem.configuration.outputSize
    )
    let expected = try drawn.model.gradients(
      of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient, rule: GradientRule(rule))
    let online = try OnlineGradients<Double>(problem.configuration, batchSize: N, rule: rule)
    var gradient = [Double](repeating: 0, count: drawn.model.layout.count)
    var y = [Double](repeating: 0, count: N * K)
    // Nothing of a sequence before is left after a start.
    try online.start(drawn.model, from: nil)
    try online.step(drawn.model, Array(repeating: 0.5, count: N * I), into: &y)
    try online.start(drawn.model, from: drawn.initialState)
    var outputs: [Double] = []
    for t in 0..<T {
      if problem.isToken {
        try online.step(drawn.model, tokens: Array(drawn.batch.tokens[t * N..<(t + 1) * N]), into: &y)
      } else {
        try online.step(drawn.model, Array(drawn.batch.inputs[t * N * I..<(t + 1) * N * I]), into: &y)
      }
      outputs += y
      try online.addGradient(
        of: drawn.model, outputGradient: Array(drawn.outputGradient.elements[t * N * K..<(t + 1) * N * K]),
        into: &gradient)
    }
    let states = zip(
      online.state.hidden + online.state.cell + online.state.gates,
      expected.finalState.hidden + expected.finalState.cell + expected.finalState.gates)
    return [("y", Agreement.difference(outputs, expected.output.elements))]
      + states.map { ("final state", Agreement.difference($0.elements, $1.elements)) }
      + drawn.model.layout.entries.map { entry in
        (
          entry.name, Agreement.difference(Array(gradient[entry.range]), Array(expected.parameters[entry.range]))
        )
      }
  }
}
