import GatewiseReference
import Testing

@testable import Gatewise

/// Every rule against the complex step of the network whose exact gradient it is, 1e-12 relative in Double, with every
/// instruction set this processor runs, by the tile and on the plain path.
@Suite struct RuleTests {
  static let stacks = [[5], [6, 4], [3, 5, 17]]
  static let paths: [(PeepholePaths, ReferenceRule.PeepholePaths)] = [
    (.detached, .detached), (.outputAttached, .outputAttached), (.attached, .attached),
  ]

  /// Compares every tensor of every problem with the oracle and prints the worst difference.
  private func check(
    _ name: String, _ rule: GradientRule, _ network: ReferenceRule, _ problems: [RandomProblem]
  ) throws {
    var worst = WorstDifference()
    for problem in problems {
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference(network))
      for engine in Engine.all {
        let found = try drawn.gradients(rule: rule, engine)
        for (tensor, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
          #expect(difference <= BPTTTests.tolerance, "\(tensor), \(engine), \(problem)")
          worst.note(difference, "\(tensor), \(engine), \(problem.configuration.hiddenSizes)")
        }
        let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
        for (tensor, difference) in outputs {
          #expect(difference <= BPTTTests.tolerance, "\(tensor), \(engine), \(problem)")
        }
      }
    }
    print("\(name) and complex step, \(problems.count) problems: worst \(worst.difference) (\(worst.place))")
  }

  /// Ragged and even batches with every kind of readout, a given or a learned state, dense input or tokens.
  private func problems(_ hidden: [Int], peepholes: Bool) -> [RandomProblem] {
    var problems: [RandomProblem] = []
    for (readout, learns, isToken, lengths) in [
      (nil, false, false, nil), (nil, true, false, [7, 3, 0, 7, 5]),
      (.init(outputSize: 2), true, true, [4, 7, 1, 0, 6]),
      (.init(outputSize: 2, position: .lastStep), false, false, [7, 2, 4, 0, 3]),
    ] as [(LSTMConfiguration.Readout?, Bool, Bool, [Int]?)] {
      problems.append(
        RandomProblem(
          configuration: LSTMConfiguration(
            inputSize: 3, hiddenSizes: hidden, peepholes: peepholes, learnsInitialState: learns, readout: readout),
          steps: 7, batchSize: 5, lengths: lengths, isToken: isToken, isStateGiven: !learns,
          seed: UInt64(problems.count + 1)))
    }
    return problems
  }

  @Test(arguments: stacks, paths.indices)
  func `the recurrent cut is the gradient of the stopped network`(_ hidden: [Int], paths index: Int) throws {
    let (paths, network) = Self.paths[index]
    try check(
      "R2, H \(hidden), peepholes \(paths)", .recurrentCut(peepholePaths: paths), .recurrentCut(network),
      problems(hidden, peepholes: true))
  }

  @Test(arguments: stacks, paths.indices)
  func `truncated RTRL is the gradient of the network of two copies`(_ hidden: [Int], paths index: Int) throws {
    let (paths, network) = Self.paths[index]
    try check(
      "R1, H \(hidden), peepholes \(paths)", .truncatedRTRL(peepholePaths: paths), .currentInputs(network),
      problems(hidden, peepholes: true))
    try check(
      "R0, H \(hidden), peepholes \(paths)", .truncatedRTRL(lowerLayers: .none, peepholePaths: paths),
      .outputLayerOnly(network), problems(hidden, peepholes: true))
  }

  @Test(arguments: stacks)
  func `rules of a model without peepholes`(_ hidden: [Int]) throws {
    let problems = problems(hidden, peepholes: false)
    try check("R2, H \(hidden)", .recurrentCut(), .recurrentCut(.detached), problems)
    try check("R1, H \(hidden)", .truncatedRTRL(), .currentInputs(.detached), problems)
    try check("R0, H \(hidden)", .truncatedRTRL(lowerLayers: .none), .outputLayerOnly(.detached), problems)
  }

  @Test(arguments: [[5], [6, 4]], [(1, 1), (1, 3), (2, 2), (2, 5), (3, 4), (4, 20), (7, 7)])
  func `truncated BPTT is the gradient with states held fixed`(_ hidden: [Int], k: (every: Int, depth: Int)) throws {
    try check(
      "TBPTT \(k), H \(hidden)", .truncatedBPTT(every: k.every, depth: k.depth),
      .truncated(every: k.every, depth: k.depth), problems(hidden, peepholes: true))
  }

  /// Exact RTRL is held to BPTT's own oracle: 1e-10 is asked.
  @Test(arguments: [[5], [6, 4], [3, 5, 4]], [false, true])
  func `exact RTRL is the gradient of the whole network`(_ hidden: [Int], peepholes: Bool) throws {
    try check("RTRL, H \(hidden), peepholes \(peepholes)", .rtrl, .full, problems(hidden, peepholes: peepholes))
  }

  @Test func `exact RTRL beyond the memory says how much it needs`() throws {
    let error = #expect(throws: GatewiseError.self) {
      try GradientPass<Float>(
        LSTMConfiguration(inputSize: 512, hiddenSizes: [512, 512]), steps: 1, batchSize: 1, rule: .rtrl)
    }
    print(error.map { "\($0)" } ?? "no error")
    #expect(error.map { "\($0)".contains("GiB") && "\($0)".contains("RTRL") } == true)
  }

  /// Where the error may reach every step, truncation changes nothing.
  @Test func `truncated BPTT of all steps is BPTT`() throws {
    let drawn = try problems([6, 4], peepholes: true)[1].make()
    let engine = Engine(set: try .current(), path: .tile)
    let full = try drawn.gradients(engine)
    #expect(Agreement.sameBits(try drawn.gradients(rule: .truncatedBPTT(every: 7, depth: 7), engine), full))
    let often = try drawn.gradients(rule: .truncatedBPTT(every: 1, depth: 7), engine)
    let difference = Agreement.difference(often.parameters, full.parameters)
    print("TBPTT (1, 7) of 7 steps and BPTT: \(difference)")
    #expect(difference < 1e-13)
    let short = try drawn.gradients(rule: .truncatedBPTT(every: 1, depth: 3), engine)
    #expect(Agreement.difference(short.parameters, full.parameters) > 1e-3)
  }

  /// For the highest layer, and so for one layer, R0, R1 and R2 are one rule; below it they are three.
  @Test(arguments: [[5], [5, 4], [3, 5, 4]])
  func `the truncated rules agree in the highest layer alone`(_ hidden: [Int]) throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: hidden), steps: 8, batchSize: 3
    ).make()
    let engine = Engine(set: try .current(), path: .tile)
    func gradient(_ rule: GradientRule) throws -> [Double] {
      // No error at the last states: R0 would hear of it in lower layers.
      try drawn.model.gradients(
        of: drawn.batch, outputGradient: drawn.outputGradient, rule: rule, execution: engine.execution()
      ).parameters
    }
    let (r2, r1, r0) = try (
      gradient(.recurrentCut()), gradient(.truncatedRTRL()), gradient(.truncatedRTRL(lowerLayers: .none))
    )
    for entry in drawn.model.layout.entries {
      let (a, b, c) = (Array(r2[entry.range]), Array(r1[entry.range]), Array(r0[entry.range]))
      let difference = Agreement.difference(b, a)
      print("H \(hidden), \(entry.name): R1 and R2 differ by \(difference)")
      if entry.layer == hidden.count - 1 {
        #expect(Agreement.sameBits(a, b) && Agreement.sameBits(a, c))
      } else {
        #expect(difference > 0.05)
        #expect(c.allSatisfy { $0 == 0 })
      }
    }
  }

  /// What a sequence shares a batch with is nothing to its gradient.
  @Test func `padding does not move a block of truncated BPTT`() throws {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3])
    let model = try LSTM<Double>(configuration, seed: 3)
    var random = RandomStream(seed: 4)
    let x: [Double] = (0..<5 * 2).map { _ in random.normal() }
    let padded = try Tensor(shape: [9, 1, 2], elements: x + Array(repeating: .nan, count: 8))
    let rule = GradientRule.truncatedBPTT(every: 2, depth: 3)
    let alone = try model.gradients(of: Tensor(shape: [5, 1, 2], elements: x), rule: rule)
    let inBatch = try model.gradients(of: padded, lengths: [5], rule: rule)
    #expect(Agreement.sameBits(alone.parameters, inBatch.parameters))
    #expect(Array(inBatch.input.elements[..<10]) == alone.input.elements)
  }

  @Test func `the same bits for every number of threads`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [40, 33], peepholes: true), steps: 6, batchSize: 21,
      lengths: (0..<21).map { $0 % 7 }
    ).make()
    for path in RecurrentPath.allCases {
      let engine = Engine(set: try .current(), path: path)
      let rules: [GradientRule] = [
        .recurrentCut(), .truncatedRTRL(), .truncatedRTRL(lowerLayers: .none), .truncatedBPTT(every: 2, depth: 3),
        .rtrl,
      ]
      for rule in rules {
        let one = try drawn.gradients(rule: rule, engine, team: ThreadTeam(threads: 1))
        for threads in [2, 3, 5] {
          let more = try drawn.gradients(rule: rule, engine, team: ThreadTeam(threads: threads))
          #expect(Agreement.sameBits(one, more), "\(rule), \(engine), \(threads) threads")
        }
      }
    }
  }

  @Test(arguments: [(0, 3), (3, 0), (-1, 2), (4, 3)])
  func `settings of truncated BPTT that cannot be`(k: (every: Int, depth: Int)) throws {
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    let x = Tensor<Double>(repeating: 0.5, shape: [4, 1, 2])
    let error = #expect(throws: GatewiseError.self) {
      try model.gradients(of: x, rule: .truncatedBPTT(every: k.every, depth: k.depth))
    }
    print("\(k): \(error.map { "\($0)" } ?? "no error")")
    #expect(error.map { "\($0)".contains("\(k.every) steps, \(k.depth) deep") } == true)
  }
}
