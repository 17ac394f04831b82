import Testing

@testable import Gatewise

@Suite struct ParameterUpdateTests {
  @Test func `refuses a state of another size`() throws {
    var update = try ParameterUpdate<Float>(optimizer: Adam(), parameterCount: 3)
    #expect(throws: GatewiseError.shapeMismatch(name: "The saved moments of adam", expected: [2, 3], found: [4])) {
      try update.restore(OptimizerState(step: 1, moments: [0, 0, 0, 0]))
    }
    #expect(throws: GatewiseError.invalidArgument("The saved number of updates is -1, but it must be at least 0.")) {
      try update.restore(OptimizerState(step: -1, moments: [Float](repeating: 0, count: 6)))
    }
  }

  @Test func `updates nothing where there are no parameters`() throws {
    var update = try ParameterUpdate<Float>(optimizer: Adam(), parameterCount: 0)
    var parameters: [Float] = []
    let report = update.apply([], to: &parameters)
    #expect(report == UpdateReport(gradientNorm: 0, learningRate: 1e-3, step: 1, isApplied: true))
  }

  @Test(arguments: OptimizerTests.cases) func `allocates nothing`(_ example: OptimizerTests.Case) throws {
    var update = try ParameterUpdate<Float>(
      optimizer: example.optimizer, schedule: .warmupCosine(warmup: 2, total: 10, floor: 0), clipping: .norm(1),
      groups: [ParameterGroup(ranges: [3..<5], isFrozen: true)], parameterCount: 100)
    let gradients = [Float](repeating: 0.25, count: 100)
    var parameters = [Float](repeating: 1, count: 100)
    let count = gradients.withUnsafeBufferPointer { gradients in
      parameters.withUnsafeMutableBufferPointer { parameters in
        allocationCount { _ = update.apply(gradients: gradients, to: parameters) }
      }
    }
    print("\(example.testDescription): \(count) allocations")
    #expect(count == 0)
  }
}
