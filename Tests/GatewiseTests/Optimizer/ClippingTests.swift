import Testing

@testable import Gatewise

@Suite struct ClippingTests {
  /// `clip_grad_norm_` and `clip_grad_value_` before each of ten updates of `SGD(0.1)`.
  @Test func `follows PyTorch`() throws {
    var byNorm = try ParameterUpdate<Double>(
      optimizer: SGD(learningRate: 0.1), clipping: .norm(0.5), parameterCount: 4)
    let norm = Trajectory(&byNorm)
    let normDifference = relativeDifference(
      norm.parameters, [0.40203704830985, -1.0077826555324803, 1.6087459787411458, -0.027555819120207277])
    var byValue = try ParameterUpdate<Double>(
      optimizer: SGD(learningRate: 0.1), clipping: .value(0.2), parameterCount: 4)
    let valueDifference = relativeDifference(
      Trajectory(&byValue).parameters, [0.32569631354166656, -1.0575, 1.8, -0.02639465600663442])
    print("relative difference: norm \(normDifference), value \(valueDifference)")
    #expect(normDifference < 1e-14)
    #expect(valueDifference < 1e-14)
    // The norms are those before clipping.
    #expect(relativeDifference([norm.reports[0].gradientNorm], [2.072949382070146]) < 1e-15)
    #expect(relativeDifference([norm.reports[9].gradientNorm], [0.9645256491674845]) < 1e-14)
  }

  @Test func `leaves a gradient within the bound unchanged`() throws {
    var plain = try ParameterUpdate<Float>(optimizer: Adam(), parameterCount: 4)
    var clipped = try ParameterUpdate<Float>(optimizer: Adam(), clipping: .norm(3), parameterCount: 4)
    #expect(Trajectory(&plain).parameters == Trajectory(&clipped).parameters)
  }

  /// The square of 2^-75 underflows in Float, and a running sum in Float stops growing after 2^24 equal terms.
  @Test func `adds squares in Double`() throws {
    let count = 20_000_003
    let tiny = [Float](repeating: 0x1p-75, count: count)
    let found = tiny.withView { sumOfSquares($0) }
    let expected = Double(count) * 0x1p-150
    print("sum of squares: \(found), expected \(expected)")
    #expect(found == expected)
  }

  @Test(arguments: 0..<20) func `sums every element once`(_ count: Int) {
    let x = (0..<count).map { Double($0 + 1) }
    let found = x.withView { sumOfSquares($0) }
    #expect(found == Double(count * (count + 1) * (2 * count + 1) / 6))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [nil, Clipping.norm(1), .value(1)])
  func `reports a norm that is not finite and changes nothing`(_ bad: Double, _ clipping: Clipping?) throws {
    var update = try ParameterUpdate<Double>(optimizer: Adam(), clipping: clipping, parameterCount: 3)
    var parameters = [1.0, 2, 3]
    _ = update.apply([0.1, 0.2, 0.3], to: &parameters)
    let (before, state) = (parameters, update.state)
    let gradients = [1, bad, 2]
    let report = update.apply(gradients, to: &parameters)
    #expect(!report.isApplied)
    #expect(!report.gradientNorm.isFinite)
    #expect(report.step == 1)
    #expect(parameters == before)
    #expect(update.state == state)
  }

  @Test(arguments: [
    (Clipping.norm(0), "The bound of clipNorm is 0.0, but it must be above 0."),
    (.norm(.nan), "The bound of clipNorm is nan, but it must be above 0."),
    (.value(-1), "The bound of clipValue is -1.0, but it must be above 0."),
  ]) func `refuses bounds that are not above zero`(_ clipping: Clipping, _ sentence: String) {
    #expect(throws: GatewiseError.invalidArgument(sentence)) {
      try ParameterUpdate<Double>(optimizer: SGD(), clipping: clipping, parameterCount: 1)
    }
  }
}
