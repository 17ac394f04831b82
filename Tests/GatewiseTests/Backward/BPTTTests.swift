import GatewiseReference
import Testing

@testable import Gatewise

/// Full BPTT against the complex step of the scalar reference, 1e-12 relative in Double, with every instruction set
/// this processor runs, by the tile and on the plain path. The oracle is asked once a problem; outputs and final states
/// are compared along the way.
@Suite struct BPTTTests {
  static let tolerance = 1e-12

  /// Compares every tensor of every problem with the oracle and prints the worst difference of the family.
  private func check(_ family: String, _ problems: [RandomProblem]) throws {
    var (worst, worstOutput) = (WorstDifference(), WorstDifference())
    for problem in problems {
      let drawn = try problem.make()
      let oracle = OracleAnswer(drawn.reference)
      for engine in Engine.all {
        let found = try drawn.gradients(engine)
        for (name, difference) in oracle.differences(of: found, layout: drawn.model.layout) {
          #expect(difference <= Self.tolerance, "\(name), \(engine), \(problem)")
          worst.note(difference, "\(name), \(engine), \(problem.configuration.hiddenSizes)")
        }
        let outputs = oracle.outputs.differences(ofOutput: found.output, finalState: found.finalState)
        for (name, difference) in outputs {
          #expect(difference <= Self.tolerance, "\(name), \(engine), \(problem)")
          worstOutput.note(difference, "\(name), \(engine)")
        }
      }
    }
    print(
      "BPTT and complex step, \(family), \(problems.count) problems: worst \(worst.difference) (\(worst.place)); "
        + "outputs \(worstOutput.difference)")
  }

  /// H of 1, 5 and 17 at every depth, layers unequal; I differs from every H.
  static let stacks = [[1], [5], [17], [5, 1], [17, 5], [1, 17], [5, 17, 1], [1, 5, 17], [17, 1, 5]]

  @Test(arguments: stacks, [false, true])
  func `every depth, width, length and batch`(_ hidden: [Int], peepholes: Bool) throws {
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: hidden, peepholes: peepholes)
    var problems: [RandomProblem] = []
    for (N, T) in [(1, 1), (1, 2), (1, 7), (3, 1), (3, 2), (3, 7)] {
      problems.append(
        RandomProblem(configuration: configuration, steps: T, batchSize: N, seed: UInt64(100 * N + T)))
    }
    try check("H \(hidden), peepholes \(peepholes ? "on" : "off"), N 1 and 3, T 1, 2 and 7", problems)
  }

  static let readouts: [LSTMConfiguration.Readout?] = [
    nil, .init(outputSize: 2, position: .everyStep), .init(outputSize: 2, position: .lastStep),
  ]

  @Test(arguments: readouts, [false, true])
  func `readouts, initial states, one-hot input and ragged lengths`(
    _ readout: LSTMConfiguration.Readout?, learnsState: Bool
  ) throws {
    var problems: [RandomProblem] = []
    for (isStateGiven, isToken) in [(false, false), (false, true), (true, false), (true, true)] {
      for lengths in [nil, [3, 0, 5, 1, 5], [2, 4, 1, 0, 3]] as [[Int]?] {
        problems.append(
          RandomProblem(
            configuration: LSTMConfiguration(
              inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: learnsState, readout: readout),
            steps: 5, batchSize: 5, lengths: lengths, isToken: isToken, isStateGiven: isStateGiven,
            seed: UInt64(problems.count + 1)))
      }
    }
    let name = readout.map { "readout on \($0.position)" } ?? "no readout"
    try check("\(name), state \(learnsState ? "learned" : "zero") or given, ragged", problems)
  }

  /// More sequences than one task takes, more rows than one task takes, and the NaN of padding all around.
  @Test func `many sequences of many lengths`() throws {
    let lengths = (0..<70).map { $0 * 7 % 6 }
    try check(
      "N 70, lengths 0 to 5",
      [nil, lengths].map {
        RandomProblem(
          configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], peepholes: true), steps: 5, batchSize: 70,
          lengths: $0)
      })
  }

  @Test func `no steps at all`() throws {
    try check(
      "T 0 and lengths of 0",
      Self.readouts.flatMap { readout in
        [(0, nil), (2, [0, 0, 0])].map { (T, lengths) in
          RandomProblem(
            configuration: LSTMConfiguration(
              inputSize: 2, hiddenSizes: [3, 2], peepholes: true, learnsInitialState: true, readout: readout),
            steps: T, batchSize: 3, lengths: lengths, isStateGiven: false)
        }
      })
  }

  @Test(arguments: readouts, [false, true])
  func `gradients are overwritten, not added to`(_ readout: LSTMConfiguration.Readout?, isToken: Bool) throws {
    for isStateGiven in [false, true] {
      let drawn = try RandomProblem(
        configuration: LSTMConfiguration(
          inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: true, readout: readout),
        steps: 5, batchSize: 3, lengths: [3, 0, 5], isToken: isToken, isStateGiven: isStateGiven
      ).make()
      let over = try drawn.gradientsOverNaN(Engine.all[0])
      #expect(Agreement.sameBits(over, try drawn.gradients(Engine.all[0])))
    }
  }

  /// Without any incoming gradient dy is ones; with one for the final state alone it is zeros.
  @Test func `what an incoming gradient is where it is not said`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [4, 2]), steps: 3, batchSize: 2
    ).make()
    func gradients(_ dy: Tensor<Double>?, _ dT: LSTMState<Double>?) throws -> [Double] {
      try drawn.model.gradients(of: drawn.batch, outputGradient: dy, finalStateGradient: dT).parameters
    }
    func constant(_ value: Double) -> Tensor<Double> { Tensor(repeating: value, shape: drawn.outputGradient.shape) }
    let dT = drawn.finalStateGradient
    let zeros = LSTMState<Double>(zerosFor: drawn.model.configuration, batchSize: 2)
    #expect(try gradients(nil, nil) == gradients(constant(1), zeros))
    #expect(try gradients(nil, dT) == gradients(constant(0), dT))
    #expect(try gradients(constant(1), nil) == gradients(constant(1), zeros))
    #expect(try gradients(nil, nil) != gradients(nil, dT))
  }
}
