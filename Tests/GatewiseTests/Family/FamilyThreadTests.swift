import Testing

@testable import Gatewise

/// The family's cells for every number of threads: the same bits, by every rule.
@Suite struct FamilyThreadTests {
  private static let cells = [
    MemoryCell.lstm1997(cellsPerBlock: 3), .lstm2000(cellsPerBlock: 2), .lstm2002(), MemoryCell(gating: .keepForget),
  ]

  private func problem(_ cell: MemoryCell, _ hidden: [Int]) -> RandomProblem {
    RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 5, hiddenSizes: hidden, cell: cell, peepholes: true, learnsInitialState: true,
        readout: .init(outputSize: 3, seesInput: true)),
      steps: 5, batchSize: 21, lengths: (0..<21).map { $0 % 6 }, isStateGiven: false, scale: 0.2)
  }

  private func check(_ drawn: Drawn, _ rules: [GradientRule], _ name: String) throws {
    for rule in rules {
      func gradients(_ threads: Int) throws -> Gradients<Double> {
        try drawn.gradients(rule: rule, Engine(set: .current(), path: .plain), team: ThreadTeam(threads: threads))
      }
      let one = try gradients(1)
      for threads in 2...4 {
        #expect(Agreement.sameBits(try gradients(threads), one), "\(rule), \(name), \(threads) threads")
      }
    }
  }

  @Test(arguments: cells) func `the same bits for 1 to 4 threads`(_ cell: MemoryCell) throws {
    try check(
      problem(cell, [66, 36]).make(),
      [
        .bptt(), .bptt(segment: 2), .recurrentCut(), .truncatedRTRL(peepholePaths: .attached),
        .truncatedRTRL(lowerLayers: .none), .truncatedBPTT(every: 2, depth: 3),
      ], "\(cell)")
    try check(problem(cell, [12, 6]).make(), [.rtrl], "\(cell)")
  }

  /// Traces of many sequences.
  @Test(arguments: cells) func `traces have the same bits for 1 to 4 threads`(_ cell: MemoryCell) throws {
    let configuration = LSTMConfiguration(inputSize: 5, hiddenSizes: [24, 18], cell: cell, peepholes: true)
    let drawn = try RandomProblem(configuration: configuration, steps: 4, batchSize: 9, scale: 0.3).make()
    func gradient(_ threads: Int) throws -> [Double] {
      let online = try OnlineGradients<Double>(
        configuration, batchSize: 9, rule: TruncatedRTRL(),
        execution: Engine(set: .current(), path: .plain).execution(on: ThreadTeam(threads: threads)))
      try online.start(drawn.model, from: drawn.initialState)
      var gradient = [Double](repeating: 0, count: drawn.model.layout.count)
      var y = [Double](repeating: 0, count: 9 * 18)
      for t in 0..<4 {
        try online.step(drawn.model, Array(drawn.batch.inputs[t * 45..<(t + 1) * 45]), into: &y)
        try online.addGradient(
          of: drawn.model, outputGradient: Array(drawn.outputGradient.elements[t * 162..<(t + 1) * 162]),
          into: &gradient)
      }
      return gradient
    }
    let one = try gradient(1)
    for threads in 2...4 { #expect(Agreement.sameBits(try gradient(threads), one), "\(cell), \(threads) threads") }
  }
}
