import Testing

@testable import Gatewise

/// The truncated gradient by traces, step by step, against its reverse form over the window: 1e-12.
@Suite struct OnlineGradientsTests {
  private struct Case: CustomStringConvertible {
    let hidden: [Int]
    let peepholes: Bool
    let readout: LSTMConfiguration.Readout?
    let learnsState: Bool
    let isToken: Bool

    var configuration: LSTMConfiguration {
      LSTMConfiguration(
        inputSize: 4, hiddenSizes: hidden, peepholes: peepholes, learnsInitialState: learnsState, readout: readout)
    }
    var description: String {
      "H \(hidden), peepholes \(peepholes), K \(readout?.outputSize ?? 0), learned \(learnsState), tokens \(isToken)"
    }
  }

  private static let rules = PeepholePaths.allCases.flatMap { paths in
    LowerLayerPaths.allCases.map { TruncatedRTRL(lowerLayers: $0, peepholePaths: paths) }
  }

  @Test func `traces are the reverse form`() throws {
    for hidden in [[5], [6, 4], [3, 17, 4]] {
      var worst = WorstDifference()
      for (peepholes, readout, learnsState, isToken) in [
        (false, nil, false, false), (true, nil, true, true), (true, .init(outputSize: 2), false, false),
        (true, .init(outputSize: 3), true, false),
      ] as [(Bool, LSTMConfiguration.Readout?, Bool, Bool)] {
        let one = Case(
          hidden: hidden, peepholes: peepholes, readout: readout, learnsState: learnsState, isToken: isToken)
        for rule in Self.rules {
          let difference = try difference(one, rule)
          #expect(difference <= 1e-12, "\(one), \(rule)")
          worst.note(difference, "\(one), \(rule)")
        }
      }
      print("traces and reverse form, H \(hidden): worst \(worst.difference) (\(worst.place))")
    }
  }

  private func difference(_ one: Case, _ rule: TruncatedRTRL) throws -> Double {
    let (T, N) = (9, 3)
    let drawn = try RandomProblem(
      configuration: one.configuration, steps: T, batchSize: N, isToken: one.isToken, isStateGiven: !one.learnsState
    ).make()
    let expected = try drawn.model.gradients(
      of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient, rule: GradientRule(rule))
    let online = try OnlineGradients<Double>(one.configuration, batchSize: N, rule: rule)
    try online.start(drawn.model, from: drawn.initialState)
    let (I, K) = (4, one.configuration.outputSize)
    var gradient = [Double](repeating: 0, count: drawn.model.layout.count)
    var y = [Double](repeating: 0, count: N * K)
    var outputs: [Double] = []
    for t in 0..<T {
      if one.isToken {
        try online.step(drawn.model, tokens: Array(drawn.batch.tokens[t * N..<(t + 1) * N]), into: &y)
      } else {
        try online.step(drawn.model, Array(drawn.batch.inputs[t * N * I..<(t + 1) * N * I]), into: &y)
      }
      outputs += y
      try online.addGradient(
        of: drawn.model, outputGradient: Array(drawn.outputGradient.elements[t * N * K..<(t + 1) * N * K]),
        into: &gradient)
    }
    var worst = Agreement.difference(outputs, expected.output.elements)
    for entry in drawn.model.layout.entries {
      worst = max(
        worst, Agreement.difference(Array(gradient[entry.range]), Array(expected.parameters[entry.range])))
    }
    return worst
  }

  @Test func `a step of another size is refused, and a gradient before any step`() throws {
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    let online = try OnlineGradients<Double>(model.configuration)
    var (y, gradient) = ([0.0, 0, 0], [Double](repeating: 0, count: model.layout.count))
    #expect(throws: GatewiseError.self) {
      try online.addGradient(of: model, outputGradient: [1, 1, 1], into: &gradient)
    }
    try online.start(model)
    #expect(throws: GatewiseError.self) {
      try online.addGradient(of: model, outputGradient: [1, 1, 1], into: &gradient)
    }
    #expect(throws: GatewiseError.self) { try online.step(model, [1], into: &y) }
    #expect(throws: GatewiseError.self) { try online.step(model, tokens: [2], into: &y) }
    try online.step(model, [1, 2], into: &y)
    #expect(throws: GatewiseError.self) { try online.addGradient(of: model, outputGradient: [1], into: &gradient) }
  }
}
