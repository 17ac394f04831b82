import Testing

@testable import Gatewise

/// BPTT in segments: the same gradient as the oracle's and as that of the whole window in memory.
@Suite struct SegmentTests {
  /// For windows of 8 steps: one step, some that divide the window and some that do not, the window and more.
  static let segments = [1, 2, 3, 4, 7, 8, 9]

  /// Compares every tensor by every segment and engine with the complex step, and with full BPTT: by the tile, states
  /// are to have its bits, and so are outputs but those of a readout, a product of OpenBLAS whose bits depend on its
  /// rows.
  private func check(_ family: String, _ problems: [RandomProblem]) throws {
    var (worst, worstOfFull) = (WorstDifference(), WorstDifference())
    var otherBits = 0
    for problem in problems {
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference)
      for engine in Engine.all {
        let full = try drawn.gradients(engine)
        for k in Self.segments {
          let found = try drawn.gradients(rule: .bptt(segment: k), engine)
          let place = "k \(k), \(engine), \(problem)"
          for (name, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
            #expect(difference <= BPTTTests.tolerance, "\(name), \(place)")
            worst.note(difference, "\(name), k \(k), \(engine)")
          }
          let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
          for (name, difference) in outputs { #expect(difference <= BPTTTests.tolerance, "\(name), \(place)") }
          for (name, difference) in differences(found, full, drawn.model.layout) {
            #expect(difference <= BPTTTests.tolerance, "\(name) and that of full BPTT, \(place)")
            worstOfFull.note(difference, "\(name), k \(k), \(engine)")
          }
          if k >= problem.steps { #expect(Agreement.sameBits(found, full), "\(place)") }
          let sameState = Agreement.sameBits(found.finalState, full.finalState)
          let sameForward = sameState && Agreement.sameBits(found.output.elements, full.output.elements)
          if engine.path == .tile {
            #expect(problem.configuration.readout == nil ? sameForward : sameState, "\(place)")
          }
          otherBits += sameForward ? 0 : 1
        }
      }
    }
    print(
      "segments, \(family), \(problems.count) problems: complex step \(worst.difference) (\(worst.place)); full BPTT "
        + "\(worstOfFull.difference) (\(worstOfFull.place)); \(otherBits) forward passes with other bits")
  }

  private func differences(
    _ a: Gradients<Double>, _ b: Gradients<Double>, _ layout: ParameterLayout
  ) -> [NamedDifference] {
    func tensors(_ g: Gradients<Double>) -> [(String, [Double])] {
      layout.entries.map { ($0.name, Array(g.parameters[$0.range])) } + [("dx", g.input.elements)]
        + (g.initialState.hidden + g.initialState.cell).enumerated().map { ("d of initial state \($0)", $1.elements) }
    }
    return zip(tensors(a), tensors(b)).map { ($0.0, Agreement.difference($0.1, $1.1)) }
  }

  @Test(arguments: BPTTTests.readouts, [false, true])
  func `readouts, initial states, one-hot input and ragged lengths`(
    _ readout: LSTMConfiguration.Readout?, learnsState: Bool
  ) throws {
    var problems: [RandomProblem] = []
    for (isStateGiven, isToken) in [(false, false), (false, true), (true, false), (true, true)] {
      for lengths in [nil, [3, 0, 8, 1, 8], [2, 7, 1, 0, 4]] as [[Int]?] {
        problems.append(
          RandomProblem(
            configuration: LSTMConfiguration(
              inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: learnsState, readout: readout),
            steps: 8, batchSize: 5, lengths: lengths, isToken: isToken, isStateGiven: isStateGiven,
            seed: UInt64(problems.count + 1)))
      }
    }
    let name = readout.map { "readout on \($0.position)" } ?? "no readout"
    try check("\(name), state \(learnsState ? "learned" : "zero") or given, ragged", problems)
  }

  @Test(arguments: [[1], [17, 5], [5, 17, 1]], [false, true])
  func `every depth and width`(_ hidden: [Int], peepholes: Bool) throws {
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: hidden, peepholes: peepholes)
    try check(
      "H \(hidden), peepholes \(peepholes ? "on" : "off"), N 1 and 3",
      [1, 3].map { RandomProblem(configuration: configuration, steps: 8, batchSize: $0, seed: UInt64($0)) })
  }

  @Test func `no steps at all, and many sequences`() throws {
    let configuration = LSTMConfiguration(
      inputSize: 2, hiddenSizes: [3, 2], peepholes: true, learnsInitialState: true, readout: .init(outputSize: 2))
    try check(
      "T 0, lengths of 0, N 70",
      [
        RandomProblem(configuration: configuration, steps: 0, batchSize: 3, isStateGiven: false),
        RandomProblem(configuration: configuration, steps: 8, batchSize: 3, lengths: [0, 0, 0], isStateGiven: false),
        RandomProblem(configuration: configuration, steps: 8, batchSize: 70, lengths: (0..<70).map { $0 * 7 % 9 }),
      ])
  }

  @Test(arguments: BPTTTests.readouts) func `gradients of segments are overwritten, not added to`(
    _ readout: LSTMConfiguration.Readout?
  ) throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: true, readout: readout),
      steps: 8, batchSize: 3, lengths: [3, 0, 8], isStateGiven: false
    ).make()
    let over = try drawn.gradientsOverNaN(rule: .bptt(segment: 3), Engine.all[0])
    #expect(Agreement.sameBits(over, try drawn.gradients(rule: .bptt(segment: 3), Engine.all[0])))
  }

  @Test(arguments: BPTTTests.readouts, [false, true])
  func `a pass for losses of the caller's own`(_ readout: LSTMConfiguration.Readout?, isToken: Bool) throws {
    let rule = GradientRule.bptt(segment: 3)
    let configuration = LSTMConfiguration(
      inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: true, readout: readout)
    let pass = try GradientPass<Double>(configuration, steps: 8, batchSize: 5, rule: rule)
    // Long windows after short ones and the other way round, in the same memory.
    for (T, lengths) in [(8, nil), (2, nil), (7, [3, 0, 7, 1, 7]), (8, [2, 5, 1, 0, 4]), (3, nil)] as [(Int, [Int]?)] {
      let drawn = try RandomProblem(
        configuration: configuration, steps: T, batchSize: 5, lengths: lengths, isToken: isToken, isStateGiven: false,
        seed: UInt64(T)
      ).make()
      let expected = try drawn.model.gradients(of: drawn.batch, outputGradient: drawn.outputGradient, rule: rule)
      var gradients = [Double](repeating: .nan, count: drawn.model.layout.count)
      var y = Tensor<Double>(repeating: 9, shape: expected.output.shape)
      let allocations = allocationCount {
        try! pass.forward(drawn.model, drawn.batch)
        try! pass.copyOutput(into: &y)
        try! pass.backward(drawn.model, outputGradient: drawn.outputGradient, into: &gradients)
      }
      #expect(allocations == 0)
      #expect(Agreement.sameBits(gradients, expected.parameters))
      #expect(Agreement.sameBits(pass.finalState, expected.finalState))
      for (index, value) in y.elements.enumerated() {
        let row = index / configuration.outputSize
        let isPadding = !configuration.readsLastStepOnly && (lengths.map { row / 5 >= $0[row % 5] } ?? false)
        #expect(value == (isPadding ? 9 : expected.output.elements[index]))
      }
    }
  }

  @Test(arguments: [false, true]) func `the number of threads changes no bit`(ragged: Bool) throws {
    for N in [1, 3, 33] {
      let drawn = try RandomProblem(
        configuration: LSTMConfiguration(
          inputSize: 20, hiddenSizes: [72, 33], peepholes: true, learnsInitialState: true,
          readout: .init(outputSize: 5)),
        steps: 11, batchSize: N, lengths: ragged ? (0..<N).map { ($0 * 5 + 11) % 12 } : nil, isStateGiven: false,
        scale: 0.3
      ).make()
      for path in RecurrentPath.allCases {
        func gradients(_ threads: Int) throws -> Gradients<Double> {
          try drawn.gradients(
            rule: .bptt(segment: 4), Engine(set: .current(), path: path), team: ThreadTeam(threads: threads))
        }
        let one = try gradients(1)
        for threads in 2...4 { #expect(Agreement.sameBits(try gradients(threads), one), "N \(N), \(threads), \(path)") }
      }
    }
  }

  @Test(arguments: [0, -3]) func `a segment without a step is refused`(k: Int) throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), steps: 4, batchSize: 2
    ).make()
    let sentence = GatewiseError.invalidArgument(
      "BPTT needs segments of at least 1 step, but they have \(k).")
    let rule = GradientRule.bptt(segment: k)
    #expect(throws: sentence) { try drawn.model.gradients(of: drawn.batch, rule: rule) }
    #expect(throws: sentence) {
      try GradientPass<Double>(drawn.model.configuration, steps: 4, batchSize: 2, rule: rule)
    }
    #expect(throws: sentence) {
      try Trainer(drawn.model, loss: MeanSquaredError(), optimizer: SGD(), rule: rule)
    }
  }
}
