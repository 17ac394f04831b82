import Testing

@testable import Gatewise

/// The packed copy of a layer's weights is made from the parameters as they are, whenever those have changed.
@Suite struct PackedWeightsTests {
  private let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [20, 7], readout: .init(outputSize: 2))

  private var x: Tensor<Double> {
    var stream = RandomStream(seed: 5)
    var x = Tensor<Double>(repeating: 0, shape: [6, 4, 3])
    for index in x.elements.indices { x.elements[index] = stream.normal() }
    return x
  }

  private func outputs(_ pass: GradientPass<Double>, _ model: LSTM<Double>) throws -> [Double] {
    var y = Tensor<Double>(repeating: 0, shape: [6, 4, 2])
    try pass.forward(model, SequenceBatch(inputs: x))
    try pass.copyOutput(into: &y)
    return y.elements
  }

  @Test(arguments: ["weight_ih", "weight_hh", "bias_ih"].flatMap { ["\($0)_l0", "\($0)_l1"] })
  func aChangedWeightIsSeen(name: String) throws {
    var model = try LSTM<Double>(configuration, seed: 1)
    let pass = try GradientPass<Double>(configuration, steps: 6, batchSize: 4)
    let before = try outputs(pass, model)
    var weights = try model.tensor(name)
    weights.elements[5] += 0.5
    try model.setTensor(name, to: weights)
    let after = try outputs(pass, model)
    let fresh = try outputs(GradientPass<Double>(configuration, steps: 6, batchSize: 4), model)
    print("\(name) changed: outputs differ by \(Agreement.difference(after, before))")
    #expect(after == fresh)
    #expect(Agreement.difference(after, before) > 1e-6)
  }

  @Test(arguments: ["weight_ih", "weight_hh", "bias_ih"].flatMap { ["\($0)_l0", "\($0)_l1"] })
  func aChangedWeightIsSeenByInference(name: String) throws {
    var model = try LSTM<Double>(configuration, seed: 1)
    let pass = try InferencePass<Double>(configuration, steps: 6, batchSize: 4)
    func outputs() throws -> [Double] {
      var y = Tensor<Double>(repeating: 0, shape: [6, 4, 2])
      try pass.forward(model, SequenceBatch(inputs: x), into: &y)
      return y.elements
    }
    let before = try outputs()
    #expect(try outputs() == before)
    var weights = try model.tensor(name)
    weights.elements[5] += 0.5
    try model.setTensor(name, to: weights)
    let after = try outputs()
    print("\(name) changed: outputs of inference differ by \(Agreement.difference(after, before))")
    #expect(try after == model.forward(x).output.elements)
    #expect(Agreement.difference(after, before) > 1e-6)
  }

  /// In training all matrices have their turn in one memory: none is taken for the one before.
  @Test(arguments: [[5], [20, 7], [7, 20, 3]])
  func stepsWithTheSameParametersGiveTheSameGradient(hiddenSizes: [Int]) throws {
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: hiddenSizes)
    let model = try LSTM<Double>(configuration, seed: 1)
    let dy = Tensor<Double>(repeating: 1, shape: [6, 4, configuration.outputSize])
    let pass = try GradientPass<Double>(configuration, steps: 6, batchSize: 4)
    let gradients = try (0..<3).map { _ in
      var gradient = [Double](repeating: 0, count: model.layout.count)
      try pass.forward(model, SequenceBatch(inputs: x))
      try pass.backward(model, outputGradient: dy, into: &gradient)
      return gradient
    }
    let plain = try model.gradients(
      of: x, outputGradient: dy, execution: Engine(set: .current(), path: .plain).execution()
    ).parameters
    let difference = Agreement.difference(gradients[0], plain)
    print("hidden sizes \(hiddenSizes): three equal steps, against the plain path \(difference)")
    #expect(gradients[1] == gradients[0] && gradients[2] == gradients[0])
    #expect(difference < 1e-12)
  }

  @Test func anotherModelInTheSameMemoryIsSeen() throws {
    let (one, two) = try (LSTM<Double>(configuration, seed: 1), LSTM<Double>(configuration, seed: 2))
    let pass = try GradientPass<Double>(configuration, steps: 6, batchSize: 4)
    let first = try outputs(pass, one)
    let second = try outputs(pass, two)
    #expect(try second == outputs(GradientPass<Double>(configuration, steps: 6, batchSize: 4), two))
    #expect(try outputs(pass, one) == first)
  }

  @Test func everyUpdateIsSeen() throws {
    var batch = try SequenceBatch(inputs: x)
    batch.outputSize = 2
    batch.targets = Array(repeating: 0.25, count: 48)
    let losses = try RecurrentPath.allCases.map { path in
      let trainer = try Trainer(
        LSTM<Double>(configuration, seed: 1), loss: MeanSquaredError(), optimizer: Adam(learningRate: 0.05),
        execution: Engine(set: .current(), path: path).execution())
      return try (0..<20).map { _ in try trainer.step(batch).loss }
    }
    let difference = Agreement.difference(losses[0], losses[1])
    print("20 updates by the tile and on the plain path: losses differ by \(difference)")
    #expect(difference < 1e-12)
  }

  @Test func aPassMadeForNoStepsTakesAny() throws {
    let model = try LSTM<Double>(configuration, seed: 1)
    let pass = try InferencePass<Double>(configuration, steps: 0, batchSize: 4)
    var y = Tensor<Double>(repeating: 0, shape: [6, 4, 2])
    try pass.forward(model, SequenceBatch(inputs: x), into: &y)
    #expect(try y == model.forward(x).output)
    #expect(throws: GatewiseError.self) { try InferencePass<Double>(configuration, steps: -1, batchSize: 4) }
  }
}
