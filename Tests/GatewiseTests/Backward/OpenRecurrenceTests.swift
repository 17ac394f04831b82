import Testing

@testable import Gatewise

/// The error through the recurrent product, net by net.
@Suite struct OpenRecurrenceTests {
  /// A rule in which only some nets pass an error through their columns of the recurrent weights.
  private struct OpenNets: RuleDefinition {
    let nets: Set<MemoryCell.Net>

    var request: GradientRequest {
      GradientRequest(
        name: "A rule of a test",
        direction: .backward(ErrorPaths(recurrence: nets, peepholes: .attached, below: .whole)), limits: [])
    }
  }

  @Test(arguments: 0..<16, [false, true])
  func `every set of nets is the gradient of its network`(_ set: Int, peepholes: Bool) throws {
    let nets = MemoryCell.Net.allCases.enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3], peepholes: peepholes), steps: 4, batchSize: 3,
      lengths: [4, 0, 2], seed: UInt64(set + 1)
    ).make()
    let network = StoppedNetwork(drawn: drawn, isOpen: MemoryCell.Net.allCases.map(nets.contains))
    let gradient = network.gradient()
    var worst = WorstDifference()
    for engine in Engine.all {
      let found = try drawn.gradients(rule: GradientRule(OpenNets(nets: Set(nets))), engine)
      for (tensor, difference) in network.differences(of: found, from: gradient) {
        #expect(difference <= 1e-12, "\(tensor), \(engine)")
        worst.note(difference, "\(tensor), \(engine)")
      }
      if nets.count == 4 { #expect(Agreement.sameBits(found, try drawn.gradients(engine))) }
    }
    print("open \(nets), peepholes \(peepholes): worst \(worst.difference) (\(worst.place))")
  }

  /// Over two steps the error goes through the recurrence once, so that what nets add to the gradient of the parameters
  /// adds up: this holds for the parts of a model that the scalar network does not have, too.
  @Test(arguments: VariantMember.variants.map(\.name) + cells.map(\.name))
  func `what the nets add over two steps adds up`(_ name: String) throws {
    var configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [6, 6])
    (VariantMember.variants + Self.cells).first { $0.name == name }!.change(&configuration)
    // Zoneout copies outputs.
    guard configuration.regularization.zoneoutHidden == 0 else { return }
    // Over two layers of both directions an error goes through the recurrence twice: back above, and on below.
    if configuration.isBidirectional { configuration.hiddenSizes = [6] }
    var problem = RandomProblem(
      configuration: configuration, steps: 2, batchSize: 3, lengths: [2, 1, 2], isToken: name.hasSuffix("tokens"))
    problem.dropping = configuration.regularization == .none ? nil : 11
    let drawn = try problem.make()
    var worst = WorstDifference()
    for engine in Engine.all {
      func gradient(_ nets: Set<MemoryCell.Net>) throws -> [Double] {
        try drawn.gradients(rule: GradientRule(OpenNets(nets: nets)), engine).parameters
      }
      let closed = try gradient([])
      var sum = closed
      for net in MemoryCell.Net.allCases {
        for (index, number) in try gradient([net]).enumerated() { sum[index] += number - closed[index] }
      }
      let full = try drawn.gradients(engine).parameters
      let difference = Agreement.difference(sum, full)
      #expect(difference < 1e-12, "\(engine)")
      worst.note(difference, "\(engine)")
      #expect(Agreement.difference(closed, full) > 1e-3)
    }
    print("nets one by one and all, \(name): worst \(worst.difference) (\(worst.place))")
  }

  private static let cells: [(name: String, change: @Sendable (inout LSTMConfiguration) -> Void)] = [
    ("the default cell", { _ in }), ("1997", { $0.cell = .lstm1997(cellsPerBlock: 2) }),
    ("2000", { $0.cell = .lstm2000(cellsPerBlock: 3) }),
    ("2002", { ($0.cell, $0.peepholes) = (.lstm2002(), true) }),
    ("keep-forget", { $0.cell = MemoryCell(gating: .keepForget) }),
  ]
}
