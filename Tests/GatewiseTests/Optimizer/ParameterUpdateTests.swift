import Testing

@testable import Gatewise

@Suite struct ParameterUpdateTests {
  @Test func `refuses a state of a different size`() throws {
    var update = try ParameterUpdate<Float>(optimizer: Adam(), parameterCount: 3)
    #expect(throws: GatewiseError.shapeMismatch(name: "The saved moments of adam", expected: [2, 3], found: [4])) {
      try update.restore(OptimizerState(step: 1, moments: [0, 0, 0, 0]))
    }
    #expect(throws: GatewiseError.invalidArgument("The saved number of updates is -1, but it must be at least 0.")) {
      try update.restore(OptimizerState(step: -1, moments: [Float](repeating: 0, count: 6)))
    }
  }

  @Test func `updates nothing if there are no parameters`() throws {
    var update = try ParameterUpdate<Float>(optimizer: Adam(), parameterCount: 0)
    var parameters: [Float] = []
    let report = update.apply([], to: &parameters)
    #expect(report == UpdateReport(gradientNorm: 0, learningRate: 1e-3, step: 1, isApplied: true))
  }

  @Test(arguments: OptimizerTests.cases) func `allocates nothing`(_ example: OptimizerTests.Case) throws {
    var update = try ParameterUpdate<Float>(
      optimizer: example.optimizer, schedule: .warmupCosine(warmup: 2, total: 10, floor: 0), clipping: .norm(1),
      groups: [ParameterGroup(ranges: [3..<5], isFrozen: true)], parameterCount: 100_000)
    let gradients = [Float](repeating: 0.25, count: 100_000)
    var parameters = [Float](repeating: 1, count: 100_000)
    let count = gradients.withView { gradients in
      let team = ThreadTeam(threads: 2)
      return parameters.withMutableView { parameters in
        allocationCount { _ = update.apply(gradients: gradients, to: parameters, team: team) }
      }
    }
    print("\(example.testDescription): \(count) allocations")
    #expect(count == 0)
  }

  /// 100,003 parameters are several tasks with a tail; sums and updates must not depend on the assignment of tasks.
  @Test(arguments: [2, 3]) func `gives the same bits on any number of threads`(_ threads: Int) throws {
    let count = 100_003
    func run(_ team: ThreadTeam?) throws -> (parameters: [Float], norms: [Double], state: OptimizerState<Float>) {
      var update = try ParameterUpdate<Float>(
        optimizer: AdamW(), clipping: .norm(1),
        groups: [ParameterGroup(ranges: [10..<20_000, 50_001..<50_002], isFrozen: true)], parameterCount: count)
      var parameters = (0..<count).map { Float($0 % 97) / 97 - 0.5 }
      var norms: [Double] = []
      for t in 0..<3 {
        let gradients = (0..<count).map { Float(($0 * 31 + t) % 89) / 89 - 0.5 }
        gradients.withView { gradients in
          parameters.withMutableView {
            norms.append(update.apply(gradients: gradients, to: $0, team: team).gradientNorm)
          }
        }
      }
      return (parameters, norms, update.state)
    }
    let (alone, together) = (try run(nil), try run(ThreadTeam(threads: threads)))
    print("\(threads) threads: norms \(together.norms)")
    #expect(alone.parameters == together.parameters)
    #expect(alone.norms == together.norms)
    #expect(alone.state == together.state)
    #expect(alone.parameters[count - 1] != Float((count - 1) % 97) / 97 - 0.5)
  }
}
