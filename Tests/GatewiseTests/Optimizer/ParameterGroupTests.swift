import Testing

@testable import Gatewise

@Suite struct ParameterGroupTests {
  /// Parameter 1 frozen, parameter 2 with a tenth of the learning rate and no decay; PyTorch's parameter groups with
  /// `clip_grad_norm_(…, 0.7)` over the three that are not frozen.
  @Test func `follows PyTorch's groups`() throws {
    var update = try ParameterUpdate<Double>(
      optimizer: AdamW(learningRate: 0.02, weightDecay: 0.1), clipping: .norm(0.7),
      groups: [
        ParameterGroup(ranges: [2..<3], learningRateScale: 0.1, weightDecay: 0),
        ParameterGroup(ranges: [1..<2], isFrozen: true),
      ],
      parameterCount: 4)
    let trajectory = Trajectory(&update)
    let difference = relativeDifference(
      trajectory.parameters, [0.297142334501898, -1.25, 1.9798839903071215, -0.029410045433458622])
    print("groups: relative difference \(difference)")
    #expect(difference < 1e-14)
    #expect(relativeDifference([trajectory.reports[0].gradientNorm], [2.0691771651129827]) < 1e-15)
    #expect(relativeDifference([trajectory.reports[9].gradientNorm], [0.932891128330432]) < 1e-14)
  }

  /// Parameter 2 with a quarter of the learning rate under `StepLR(3, 0.5)`: decoupled decay follows both factors.
  @Test func `decays weights at the learning rate of the group and the schedule`() throws {
    var update = try ParameterUpdate<Double>(
      optimizer: AdamW(learningRate: 0.02, weightDecay: 0.1), schedule: .step(every: 3, factor: 0.5),
      groups: [ParameterGroup(ranges: [2..<3], learningRateScale: 0.25)], parameterCount: 4)
    let difference = relativeDifference(
      Trajectory(&update).parameters,
      [0.40041140303396916, -1.1387219916313958, 1.9696636074536509, -0.06760241038937304])
    print("group and schedule: relative difference \(difference)")
    #expect(difference < 1e-14)
  }

  @Test(arguments: OptimizerTests.cases) func `frozen parameters keep their bits`(_ example: OptimizerTests.Case) throws
  {
    var update = try ParameterUpdate<Float>(
      optimizer: example.optimizer, groups: [ParameterGroup(ranges: [1..<2, 3..<5], isFrozen: true)],
      parameterCount: 6)
    // A signaling NaN, a negative zero and NaN gradients: the parameters must stay bit-identical.
    let payload = Float(bitPattern: 0x7fc1_2345)
    var parameters: [Float] = [1, payload, 1, -0.0, 0.1, 1]
    let before = parameters
    let report = update.apply([3, .nan, 4, .infinity, 7, 0], to: &parameters)
    #expect(report.gradientNorm == 5)
    #expect(report.isApplied)
    for j in [1, 3, 4] { #expect(parameters[j].bitPattern == before[j].bitPattern) }
    for j in [0, 2] { #expect(parameters[j] < before[j]) }
    for k in 0..<example.optimizer.momentNames.count {
      for j in [1, 3, 4] { #expect(update.state.moments[6 * k + j] == 0) }
    }
  }

  @Test func `covers all parameters once, in order`() throws {
    let groups = [
      ParameterGroup(ranges: [6..<8, 2..<4], learningRateScale: 2),
      ParameterGroup(ranges: [4..<6, 9..<9], weightDecay: 0.5),
    ]
    let runs = try ParameterRun.runs(of: groups, parameterCount: 10)
    #expect(
      runs == [
        ParameterRun(range: 0..<2, learningRateScale: 1), ParameterRun(range: 2..<4, learningRateScale: 2),
        ParameterRun(range: 4..<6, learningRateScale: 1, weightDecay: 0.5),
        ParameterRun(range: 6..<8, learningRateScale: 2), ParameterRun(range: 8..<10, learningRateScale: 1),
      ])
    #expect(try ParameterRun.runs(of: [], parameterCount: 0) == [])
  }

  @Test(arguments: [
    (
      [ParameterGroup(ranges: [0..<3]), ParameterGroup(ranges: [2..<4])],
      "The ranges 0..<3 and 2..<4 of parameter groups overlap; a parameter may belong to only one group."
    ),
    (
      [ParameterGroup(ranges: [1..<2, 0..<5])],
      "The ranges 0..<5 and 1..<2 of parameter groups overlap; a parameter may belong to only one group."
    ),
    ([ParameterGroup(ranges: [3..<7])], "A parameter group has the range 3..<7, but the parameters are 0..<6."),
    ([ParameterGroup(ranges: [-1..<2])], "A parameter group has the range -1..<2, but the parameters are 0..<6."),
    (
      [ParameterGroup(ranges: [], learningRateScale: -1)],
      "The learning rate scale of a parameter group is -1.0, but it must be a finite number of at least 0."
    ),
    (
      [ParameterGroup(ranges: [], weightDecay: .nan)],
      "The weight decay of a parameter group is nan, but it must be a finite number of at least 0."
    ),
  ]) func `refuses invalid groups`(_ groups: [ParameterGroup], _ sentence: String) {
    #expect(throws: GatewiseError.invalidArgument(sentence)) {
      try ParameterUpdate<Double>(optimizer: SGD(), groups: groups, parameterCount: 6)
    }
  }
}
