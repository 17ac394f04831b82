import Testing

@testable import Gatewise

@Suite struct ScheduleTests {
  /// PyTorch's StepLR(3, 0.5) and ExponentialLR(0.9), stepped after each of ten updates of `SGD(0.1)`.
  @Test(arguments: [
    (
      Schedule.step(every: 3, factor: 0.5),
      [0.3653842117705607, -0.9802537418487501, 1.476379783176098, -0.08313594111694683]
    ),
    (
      Schedule.exponential(factor: 0.9),
      [0.3460281271904341, -0.9229494157042971, 1.3969745304791166, -0.07387872117626013]
    ),
  ]) func `follows PyTorch`(_ schedule: Schedule, _ expected: [Double]) throws {
    var update = try ParameterUpdate<Double>(
      optimizer: SGD(learningRate: 0.1), schedule: schedule, parameterCount: 4)
    let trajectory = Trajectory(&update)
    let difference = relativeDifference(trajectory.parameters, expected)
    print("\(schedule): relative difference \(difference)")
    #expect(difference < 1e-14)
    #expect(trajectory.reports.map(\.learningRate) == (0..<10).map { 0.1 * schedule.factor(at: $0) })
    #expect(trajectory.reports.map(\.step) == Array(1...10))
  }

  @Test func `has the factors it describes`() {
    #expect([0, 1, 1000].map(Schedule.constant.factor) == [1, 1, 1])
    #expect([0, 1, 2, 3, 4, 8].map(Schedule.step(every: 2, factor: 0.5).factor) == [1, 1, 0.5, 0.5, 0.25, 0.0625])
    #expect([0, 1, 2, 3].map(Schedule.exponential(factor: 0.5).factor) == [1, 0.5, 0.25, 0.125])
  }

  @Test func `increases linearly and decreases as half a cosine`() {
    let schedule = Schedule.warmupCosine(warmup: 4, total: 12, floor: 0.2)
    let found = (0...14).map(schedule.factor)
    // cos of multiples of π/8 by half-angle formulas.
    let root = 2.0.squareRoot()
    let (c1, c2, c3) = ((2 + root).squareRoot() / 2, root / 2, (2 - root).squareRoot() / 2)
    let cosines = [1, c1, c2, c3, 0, -c3, -c2, -c1]
    let expected = [0.25, 0.5, 0.75, 1] + cosines.map { 0.6 + 0.4 * $0 } + [0.2, 0.2, 0.2]
    let difference = relativeDifference(found, expected)
    print("warm-up and cosine: relative difference \(difference)")
    #expect(difference < 1e-15)
    #expect(Schedule.warmupCosine(warmup: 0, total: 5, floor: 0).factor(at: 0) == 1)
  }

  @Test(arguments: [
    (
      Schedule.step(every: 0, factor: 0.5),
      "The schedule's interval must be at least 1 update, but is 0."
    ),
    (.step(every: 2, factor: .nan), "The schedule's factor is nan, but it must be a finite number above 0."),
    (.exponential(factor: 0), "The schedule's factor is 0.0, but it must be a finite number above 0."),
    (
      .warmupCosine(warmup: 5, total: 5, floor: 0),
      "The schedule has a warm-up of 5 of 5 updates, but the warm-up must be at least 0 and below the total."
    ),
    (.warmupCosine(warmup: 1, total: 5, floor: 2), "The schedule's floor is 2.0, but it must be from 0 to 1."),
  ]) func `refuses settings out of bounds`(_ schedule: Schedule, _ sentence: String) {
    #expect(throws: GatewiseError.invalidArgument(sentence)) {
      try ParameterUpdate<Float>(optimizer: SGD(), schedule: schedule, parameterCount: 1)
    }
  }
}
