import Testing

@testable import Gatewise

/// The check by central differences finds the right gradient right and a wrong one wrong, and says where.
@Suite struct CentralDifferencesTests {
  private func drawn(learnsState: Bool = false, readout: LSTMConfiguration.Readout? = nil) throws -> Drawn {
    try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 3, hiddenSizes: [5, 4], peepholes: true, learnsInitialState: learnsState, readout: readout),
      steps: 4, batchSize: 3, lengths: [4, 0, 2], isStateGiven: !learnsState
    ).make()
  }

  private func check(_ drawn: Drawn, rule: GradientRule = .bptt()) throws -> CentralDifferenceCheck {
    try drawn.model.checkGradients(
      of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient,
      finalStateGradient: drawn.finalStateGradient, rule: rule)
  }

  @Test(arguments: BPTTTests.readouts, [false, true])
  func `finds BPTT right`(_ readout: LSTMConfiguration.Readout?, learnsState: Bool) throws {
    let check = try check(drawn(learnsState: learnsState, readout: readout))
    print("BPTT and central differences: worst \(check.worst.difference) (\(check.worst.name))")
    #expect(check.worst.difference < 1e-7)
    #expect(check.entries.count == 8 + (learnsState ? 4 : 0) + (readout == nil ? 0 : 2) + (learnsState ? 1 : 5))
    #expect(check.entries[0].name == "weight_ih_l0")
    #expect(check.entries[0].count == 10)
  }

  @Test func `finds a wrong gradient in each tensor`() throws {
    let drawn = try drawn(learnsState: true, readout: .init(outputSize: 2))
    let right = try drawn.model.gradients(
      of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient,
      finalStateGradient: drawn.finalStateGradient)
    for entry in drawn.model.layout.entries {
      // One tensor's gradient is 0.1 % too large.
      var wrong = right
      for index in entry.range { wrong.parameters[index] *= 1.001 }
      let check = try drawn.model.checkGradients(
        wrong, of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient,
        finalStateGradient: drawn.finalStateGradient)
      #expect(check.worst.name == entry.name)
      #expect(check.worst.difference > 5e-4 && check.worst.difference < 2e-3)
    }
  }

  /// Where an input cannot change E the differences are 0 too, and 0 agrees with 0.
  @Test func `a gradient of zero`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3], peepholes: true), steps: 1, batchSize: 2,
      isStateGiven: false
    ).make()
    let check = try drawn.model.checkGradients(of: drawn.batch)
    print("BPTT and central differences, T 1 from zero: \(check.worst.difference) (\(check.worst.name))")
    #expect(check.worst.difference < 1e-7)
  }

  @Test func `refuses tokens`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), steps: 2, batchSize: 1, isToken: true
    ).make()
    #expect(throws: GatewiseError.self) { try drawn.model.checkGradients(of: drawn.batch) }
  }
}
