import Testing

@testable import Gatewise

/// One step after another against a window, and states that are taken out and put back.
@Suite struct StreamingSessionTests {
  @Test(arguments: BPTTTests.readouts, [false, true])
  func `steps equal the window`(_ readout: LSTMConfiguration.Readout?, isToken: Bool) throws {
    for (N, H) in [(1, [5, 3]), (3, [17, 4]), (40, [3, 3])] {
      let drawn = try RandomProblem(
        configuration: LSTMConfiguration(
          inputSize: 6, hiddenSizes: H, peepholes: true, learnsInitialState: true, readout: readout),
        steps: 9, batchSize: N, isToken: isToken, isStateGiven: false
      ).make()
      let session = try StreamingSession(drawn.model, batchSize: N)
      var outputs: [[Double]] = []
      for t in 0..<9 { outputs.append(try step(session, drawn.batch, t)) }
      let window = try drawn.model.forward(drawn.batch)
      let found = readout?.position == .lastStep ? outputs[8] : outputs.flatMap(\.self)
      let difference = Agreement.difference(found, window.output.elements)
      let states = zip(
        session.state.hidden + session.state.cell, window.finalState.hidden + window.finalState.cell
      ).map { Agreement.difference($0.elements, $1.elements) }.max()!
      print("streaming and window, N \(N), H \(H), token \(isToken): outputs \(difference), states \(states)")
      #expect(difference <= 1e-13)
      #expect(states <= 1e-13)
    }
  }

  @Test(arguments: [1, 3]) func `a saved state goes on with the same bits`(_ N: Int) throws {
    try goesOn(N, Double.self)
    try goesOn(N, Float.self)
  }

  private func goesOn<S: Scalar>(_ N: Int, _ type: S.Type) throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 4, hiddenSizes: [6, 5], peepholes: true, readout: .init(outputSize: 2)),
      steps: 8, batchSize: N, isStateGiven: false
    ).make()
    let model = drawn.model.converted(to: S.self)
    func x(_ t: Int) -> [S] { drawn.batch.inputs[t * N * 4..<(t + 1) * N * 4].map { S($0) } }
    let session = try StreamingSession(model, batchSize: N)
    for t in 0..<4 { _ = try session.step(x(t)) }
    let saved = session.state
    var expected: [S] = []
    for t in 4..<8 { expected += try session.step(x(t)) }

    // In the same session after a reset, and in another one.
    session.reset()
    let other = try StreamingSession(model, batchSize: N)
    for session in [session, other] {
      try session.restore(saved)
      #expect(Agreement.sameBits(session.state, saved))
      var found: [S] = []
      for t in 4..<8 { found += try session.step(x(t)) }
      #expect(Agreement.sameBits(found, expected))
    }
    // A reset session begins like a new one.
    session.reset()
    #expect(Agreement.sameBits(try session.step(x(0)), try StreamingSession(model, batchSize: N).step(x(0))))
  }

  @Test func `refuses what does not fit`() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 3, hiddenSizes: [4]), seed: 1)
    let session = try StreamingSession(model, batchSize: 2)
    #expect(throws: GatewiseError.shapeMismatch(name: "x of a step", expected: [2, 3], found: [5])) {
      try session.step([1, 2, 3, 4, 5])
    }
    #expect(throws: GatewiseError.shapeMismatch(name: "the tokens of a step", expected: [2], found: [1])) {
      try session.step(tokens: [1])
    }
    for token in [-1, 3] as [Int32] {
      #expect(throws: GatewiseError.invalidArgument("Token \(token) lies outside 0 ..< 3, the model's inputs.")) {
        try session.step(tokens: [0, token])
      }
    }
    #expect(throws: GatewiseError.shapeMismatch(name: "h of layer 0", expected: [2, 4], found: [1, 4])) {
      try session.restore(LSTMState(zerosFor: model.configuration, batchSize: 1))
    }
    #expect(throws: GatewiseError.self) { try StreamingSession(model, batchSize: 0) }
    #expect(throws: GatewiseError.self) { try StreamingSession(model, batchSize: 1 << 50) }
  }

  private func step(_ session: StreamingSession<Double>, _ batch: SequenceBatch<Double>, _ t: Int) throws -> [Double] {
    let (N, I) = (batch.batchSize, batch.inputSize)
    if batch.tokens.isEmpty { return try session.step(Array(batch.inputs[t * N * I..<(t + 1) * N * I])) }
    return try session.step(tokens: Array(batch.tokens[t * N..<(t + 1) * N]))
  }
}
