import GatewiseReference
import Testing

@testable import Gatewise

/// Batches of every size and length, states of every origin, and memory in which something stood before.
@Suite struct FamilyBatchTests {
  private static let rules: [(GradientRule, ReferenceRule)] = [
    (.bptt(), .full), (.truncatedRTRL(peepholePaths: .attached), .currentInputs(.attached)),
    (.truncatedBPTT(every: 2, depth: 3), .truncated(every: 2, depth: 3)), (.rtrl, .full),
  ]

  /// Every member, changed, by every one of some rules.
  private func check(_ name: String, _ members: [FamilyMember], _ change: (inout RandomProblem) -> Void) throws {
    let problems = members.map { member in
      var problem = member.problem
      change(&problem)
      return (name: member.testDescription, problem: problem)
    }
    for (rule, network) in Self.rules { try FamilyCheck()("\(rule), \(name)", problems, rule, network) }
  }

  @Test(arguments: [(1, 1), (1, 7), (3, 1), (2, 2)])
  func `few sequences and few steps`(size: (N: Int, T: Int)) throws {
    try check("N \(size.N), T \(size.T)", FamilyMember.all) {
      ($0.batchSize, $0.steps, $0.lengths) = (size.N, size.T, nil)
    }
  }

  /// More sequences than one task takes.
  @Test func `many sequences of many lengths`() throws {
    let members = FamilyMember.all.filter { $0.configuration.hiddenSizes.count == 2 && $0.index % 2 == 1 }
    try check("N 70, lengths 0 to 3", members) {
      ($0.batchSize, $0.steps, $0.lengths) = (70, 3, (0..<70).map { $0 * 7 % 4 })
    }
  }

  @Test func `no steps at all`() throws {
    for (T, lengths) in [(0, nil), (2, [0, 0, 0])] as [(Int, [Int]?)] {
      try check("T \(T) without a step", FamilyMember.all) {
        ($0.batchSize, $0.steps, $0.lengths) = (3, T, lengths)
      }
    }
  }

  /// Given in place of a learned one; zero where it is neither given nor learned.
  @Test func `states given and not given`() throws {
    try check("given or not", FamilyMember.all) { $0.isStateGiven.toggle() }
  }

  @Test func `gradients are overwritten, not added to`() throws {
    func check(_ rule: GradientRule) throws {
      for member in FamilyMember.all {
        let drawn = try member.problem.make()
        let over = try drawn.gradientsOverNaN(rule: rule, Engine.family[0])
        #expect(
          Agreement.sameBits(over, try drawn.gradients(rule: rule, Engine.family[0])),
          "\(rule), \(member.testDescription)")
      }
    }
    try check(.bptt())
    try check(.truncatedRTRL())
    try check(.truncatedRTRL(lowerLayers: .none))
    try check(.recurrentCut(peepholePaths: .outputAttached))
    try check(.rtrl)
  }

  /// Long windows after short ones and the other way round, in the same memory, without an allocation.
  @Test func `a pass for losses of the caller's own`() throws {
    for member in FamilyMember.all where !member.configuration.readsLastStepOnly {
      let pass = try GradientPass<Double>(member.configuration, steps: 6, batchSize: 4)
      for (T, lengths) in [(6, nil), (2, nil), (5, [2, 5, 0, 1]), (6, [6, 3, 6, 1])] as [(Int, [Int]?)] {
        var problem = member.problem
        (problem.steps, problem.lengths, problem.isStateGiven, problem.seed) = (T, lengths, false, UInt64(T))
        let drawn = try problem.make()
        let expected = try drawn.model.gradients(of: drawn.batch, outputGradient: drawn.outputGradient)
        var gradients = [Double](repeating: .nan, count: drawn.model.layout.count)
        let allocations = allocationCount {
          try! pass.forward(drawn.model, drawn.batch)
          try! pass.backward(drawn.model, outputGradient: drawn.outputGradient, into: &gradients)
        }
        #expect(allocations == 0, "\(member.testDescription), T \(T)")
        #expect(Agreement.sameBits(gradients, expected.parameters), "\(member.testDescription), T \(T)")
        #expect(Agreement.sameBits(pass.finalState, expected.finalState), "\(member.testDescription), T \(T)")
      }
    }
  }

  /// What is recorded of a sequence's last step is its final state, and nothing is recorded of padding.
  @Test func `records of all layers`() throws {
    for member in FamilyMember.all {
      let drawn = try member.problem.make()
      let found = try drawn.forward(Engine.family[0], recordsLayers: true)
      let N = drawn.batch.batchSize
      for (l, record) in found.layers.enumerated() {
        let columns = GateColumns(member.configuration.cell, hiddenSize: member.configuration.hiddenSizes[l])
        #expect(record.gates.shape == [drawn.batch.steps, N, columns.count])
        for n in 0..<N {
          let length = drawn.batch.lengths?[n] ?? drawn.batch.steps
          for t in length..<drawn.batch.steps {
            #expect((0..<columns.count).allSatisfy { record.gates[t, n, $0] == 0 })
            #expect((0..<columns.cells).allSatisfy { record.cells[t, n, $0] == 0 })
          }
          guard length > 0 else { continue }
          #expect(
            (0..<columns.cells).allSatisfy { record.cells[length - 1, n, $0] == found.finalState.cell[l][n, $0] })
          guard member.configuration.cell.gateRecurrence else { continue }
          let recorded = columns.gates.flatMap { start in
            (start..<start + columns.blocks).map { record.gates[length - 1, n, $0] }
          }
          #expect(recorded == (0..<columns.gateCount).map { found.finalState.gates[l][n, $0] })
        }
      }
    }
  }
}
