import Testing

@testable import Gatewise

/// Every optimizer against ten updates of its PyTorch original on the problem of `Trajectory`.
@Suite struct OptimizerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let optimizer: any Optimizer
    let afterTenUpdates: [Double]

    init(_ name: String, _ optimizer: any Optimizer, _ afterTenUpdates: [Double]) {
      self.testDescription = name
      self.optimizer = optimizer
      self.afterTenUpdates = afterTenUpdates
    }
  }

  static let cases = [
    Case(
      "SGD", SGD(learningRate: 0.1),
      [0.28982407800999505, -0.7675099572663624, 1.1688407036491744, -0.05688809578797698]),
    Case(
      "SGD, weight decay", SGD(learningRate: 0.1, weightDecay: 0.05),
      [0.27495394299979914, -0.7280030984924691, 1.108842047775412, -0.05385386677836442]),
    Case(
      "SGD, momentum", SGD(learningRate: 0.05, momentum: 0.9, weightDecay: 0.01),
      [0.04573752596243664, -0.26770072866996475, 0.21702941801949627, -0.14130580918726007]),
    Case(
      "SGD, Nesterov", SGD(learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01),
      [0.03268263765468363, -0.21166305305978533, 0.15960976371275143, -0.11936446804786134]),
    Case(
      "RMSprop, defaults", RMSprop(),
      [0.19390258755141399, -0.7616632522811209, 1.5962387477946878, -0.06635606281238171]),
    Case(
      "RMSprop, momentum", RMSprop(learningRate: 0.02, decay: 0.9, epsilon: 1e-6, momentum: 0.8, weightDecay: 0.1),
      [-0.11346399209741233, -0.1682100596000859, 1.0291470060568053, -0.09640661989687276]),
    Case(
      "Adam, defaults", Adam(),
      [0.49102464900002335, -1.2406588902889035, 1.9906827272764187, -0.03367768049606545]),
    Case(
      "Adam, weight decay", Adam(learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1),
      [0.32426423107439706, -1.0578313170083053, 1.812872149609512, -0.0640174671796846]),
    Case(
      "AdamW, defaults", AdamW(),
      [0.4909751322480855, -1.2405343478843764, 1.9904832211811858, -0.0336743990671639]),
    Case(
      "AdamW, weight decay", AdamW(learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1),
      [0.3211965479826263, -1.0389566321398913, 1.7785515207124063, -0.06494940648739458]),
    // PyTorch has no Lion: its figures are those of a loop in Python.
    Case(
      "Lion", Lion(learningRate: 0.1, beta1: 0.9, beta2: 0.99, weightDecay: 0.1),
      [-0.10796821240755282, -0.17429834384905046, 0.8525849001056537, -0.02345701899019624]),
    Case(
      "Lion, other moments", Lion(learningRate: 0.1, beta1: 0.5, beta2: 0.8, weightDecay: 0.1),
      [0.09003178759244719, -0.17429834384905046, 0.8525849001056537, -0.02345701899019624]),
  ]

  @Test(arguments: cases) func `follows PyTorch in Double`(_ example: Case) throws {
    var update = try ParameterUpdate<Double>(optimizer: example.optimizer, parameterCount: 4)
    let difference = relativeDifference(Trajectory(&update).parameters, example.afterTenUpdates)
    print("\(example.testDescription): relative difference \(difference)")
    #expect(difference < 1e-14)
  }

  @Test(arguments: cases) func `follows PyTorch in Float`(_ example: Case) throws {
    var update = try ParameterUpdate<Float>(optimizer: example.optimizer, parameterCount: 4)
    let difference = relativeDifference(Trajectory(&update).parameters, example.afterTenUpdates)
    print("\(example.testDescription): relative difference \(difference)")
    #expect(difference < 1e-6)
  }

  @Test(arguments: cases) func `resumes from a saved state`(_ example: Case) throws {
    var whole = try ParameterUpdate<Double>(optimizer: example.optimizer, parameterCount: 4)
    let expected = Trajectory(&whole)

    var first = try ParameterUpdate<Double>(optimizer: example.optimizer, parameterCount: 4)
    var trajectory = Trajectory(&first, updates: 4)
    var second = try ParameterUpdate<Double>(optimizer: example.optimizer, parameterCount: 4)
    try second.restore(first.state)
    trajectory.run(&second, updates: 4..<10)
    #expect(trajectory.parameters == expected.parameters)
    #expect(second.state == whole.state)
    #expect(second.state.step == 10)
  }

  @Test func `names its moments as PyTorch does`() {
    #expect(SGD().momentNames == [])
    #expect(SGD(momentum: 0.9).momentNames == ["momentum_buffer"])
    #expect(RMSprop().momentNames == ["square_avg"])
    #expect(RMSprop(momentum: 0.9).momentNames == ["square_avg", "momentum_buffer"])
    #expect(Adam().momentNames == ["exp_avg", "exp_avg_sq"])
    #expect(AdamW().momentNames == ["exp_avg", "exp_avg_sq"])
  }

  @Test(
    arguments: [
      (SGD(learningRate: 0), "The learning rate is 0.0, but it must be a finite number above 0."),
      (SGD(learningRate: .nan), "The learning rate is nan, but it must be a finite number above 0."),
      (SGD(momentum: 1), "The momentum is 1.0, but it must be at least 0 and below 1."),
      (SGD(nesterov: true), "Nesterov momentum requires a momentum above 0; set the momentum or turn nesterov off."),
      (RMSprop(decay: -0.1), "The decay is -0.1, but it must be at least 0 and below 1."),
      (RMSprop(epsilon: 0), "The epsilon is 0.0, but it must be a finite number above 0."),
      (Adam(beta1: 1), "The beta1 is 1.0, but it must be at least 0 and below 1."),
      (Adam(beta2: .nan), "The beta2 is nan, but it must be at least 0 and below 1."),
      (AdamW(beta2: 1.5), "The beta2 is 1.5, but it must be at least 0 and below 1."),
      (AdamW(weightDecay: -1), "The weight decay is -1.0, but it must be a finite number of at least 0."),
      (AdamW(learningRate: .infinity), "The learning rate is inf, but it must be a finite number above 0."),
    ] as [(any Optimizer, String)])
  func `refuses settings out of bounds`(_ optimizer: any Optimizer, _ sentence: String) {
    #expect(throws: GatewiseError.invalidArgument(sentence)) {
      try ParameterUpdate<Double>(optimizer: optimizer, parameterCount: 1)
    }
  }
}
