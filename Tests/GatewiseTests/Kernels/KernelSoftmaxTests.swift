import Testing

@testable import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct KernelSoftmaxTests {
  /// softmax(0, x) is exp(x) / (1 + exp(x)): the exponential from 1 down through the denormals to 0.
  @Test(arguments: InstructionSet.supported)
  func exponential(_ set: InstructionSet) throws {
    try checkExponential(Float.self, set, lowest: -110, bound: 3)
    try checkExponential(Double.self, set, lowest: -760, bound: 3)
  }

  private func checkExponential<S: Scalar>(_: S.Type, _ set: InstructionSet, lowest: S, bound: Double) throws {
    let kernels = try Kernels<S>(for: set)
    var random = RandomStream(seed: 3, name: "exponential")
    var worst = Worst<S>()
    var worstLogarithm = Worst<S>()
    for _ in 0..<(100_000 / sampleDivisor) {
      let x = S(Double.random(in: Double(lowest)...0, using: &random))
      var y: [S] = [0, x]
      let logSumExp = kernels.softmax(2, y, &y)
      worst.take(ulps(y[1], exp(Wide(x)) / (1 + exp(Wide(x)))), at: x)
      let error = abs(Wide(logSumExp) - log(1 + exp(Wide(x)))) / Wide(S.ulpOfOne)
      worstLogarithm.take(Double(error), at: x)
    }
    print(
      "\(set) \(S.self): softmax(0, x) \(worst.error) ulp at \(worst.argument),",
      "log-sum-exp \(worstLogarithm.error) ulp of 1 at \(worstLogarithm.argument)")
    #expect(worst.error <= bound)
    #expect(worstLogarithm.error <= 1)
  }

  /// Whole rows of every length around the vector widths, in place and not, against the definition.
  @Test(arguments: InstructionSet.supported)
  func rows(_ set: InstructionSet) throws {
    try checkRows(Float.self, set)
    try checkRows(Double.self, set)
  }

  private func checkRows<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var random = RandomStream(seed: 4, name: "rows")
    var worst = 0.0
    for count in Array(1...70) + [257, 1000] {
      // Multiples of 1/64 below 64: every difference from the largest is exact.
      let x = (0..<count).map { _ in S(Int.random(in: -2048...2048, using: &random)) / 64 }
      let input = GuardedBuffer(x)
      let output = GuardedBuffer([S](repeating: 0, count: count))
      let logSumExp = kernels.softmax(count, input.start, output.start)
      #expect(input.values == x && input.isIntact && output.isIntact)
      let largest = Wide(x.max()!)
      let sum = x.reduce(Wide(0)) { $0 + exp(Wide($1) - largest) }
      for j in x.indices { worst = max(worst, ulps(output.values[j], exp(Wide(x[j]) - largest) / sum)) }
      #expect(abs(Wide(logSumExp) - largest - log(sum)) <= Wide(S.ulpOfOne) * max(1, abs(Wide(logSumExp))))

      let again = kernels.softmax(count, input.start, input.start)
      #expect(input.values == output.values && again == logSumExp)
    }
    print("\(set) \(S.self): softmax of rows \(worst) ulp")
    #expect(worst <= 5)
  }

  @Test(arguments: InstructionSet.supported)
  func specialRows(_ set: InstructionSet) throws {
    try checkSpecialRows(Float.self, set)
    try checkSpecialRows(Double.self, set)
  }

  private func checkSpecialRows<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    func softmax(_ x: [S]) -> (y: [S], logSumExp: S) {
      var y = x
      let result = kernels.softmax(x.count, x, &y)
      return (y, result)
    }
    for count in [1, 3, 16, 21] {
      let nothing = softmax([S](repeating: -.infinity, count: count))
      #expect(nothing.y.allSatisfy(\.isNaN) && nothing.logSumExp.isNaN)
      for place in [0, count / 2, count - 1] {
        var x = [S](repeating: 1, count: count)
        x[place] = .nan
        let poisoned = softmax(x)
        #expect(poisoned.y.allSatisfy(\.isNaN) && poisoned.logSumExp.isNaN)
      }
    }
    let masked = softmax([1, -.infinity, 1])
    #expect(masked.y == [0.5, 0, 0.5] && masked.logSumExp.isFinite)
    let huge = S.greatestFiniteMagnitude
    #expect(softmax([huge, -huge]).y == [1, 0])
    #expect(softmax([-huge]) == ([1], -huge))
    #expect(softmax([]).logSumExp == -.infinity)
  }
}
