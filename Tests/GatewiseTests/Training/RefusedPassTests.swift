import Testing

@testable import Gatewise

/// What passes over windows and steps refuse: batches beyond their memory, vectors of another length, and rules or
/// records that do not go with a model.
@Suite struct RefusedPassTests {
  private func model(_ change: (inout LSTMConfiguration) -> Void = { _ in }) throws -> LSTM<Double> {
    var configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [3])
    change(&configuration)
    return try LSTM(configuration, seed: 1)
  }

  private func batch(steps: Int, batchSize: Int) -> SequenceBatch<Double> {
    var batch = SequenceBatch<Double>(steps: steps, batchSize: batchSize, inputSize: 2)
    batch.inputs = Array(repeating: 0.5, count: steps * batchSize * 2)
    return batch
  }

  private func sentence<Result>(_ part: String, _ body: () throws -> Result) {
    let error = #expect(throws: GatewiseError.self) { _ = try body() }
    print(error.map(String.init(describing:)) ?? "")
    #expect(error?.description.contains(part) == true)
  }

  @Test func `an inference pass has memory for some sequences, and for some steps if it runs both ways`() throws {
    let oneWay = try model()
    let small = try InferencePass<Double>(oneWay.configuration, steps: 2, batchSize: 2)
    var y = Tensor<Double>(repeating: 0, shape: [2, 3, 3])
    sentence("3 sequences, but this pass has memory for 2") {
      try small.forward(oneWay, batch(steps: 2, batchSize: 3), into: &y)
    }
    let bothWays = try model { $0.isBidirectional = true }
    let short = try InferencePass<Double>(bothWays.configuration, steps: 2, batchSize: 2)
    y = Tensor(repeating: 0, shape: [3, 2, 6])
    sentence("3 steps, but this pass of a bidirectional model has memory for 2") {
      try short.forward(bothWays, batch(steps: 3, batchSize: 2), into: &y)
    }
  }

  @Test func `a gradient goes into a vector of the model's length`() throws {
    let model = try model()
    let batch = batch(steps: 2, batchSize: 1)
    let pass = try GradientPass<Double>(model.configuration, steps: 2, batchSize: 1)
    var short = [Double](repeating: 0, count: model.layout.count - 1)
    try pass.forward(model, batch)
    sentence("the gradient vector") {
      try pass.backward(model, outputGradient: Tensor(repeating: 1, shape: [2, 1, 3]), into: &short)
    }
    let online = try OnlineGradients<Double>(model.configuration, batchSize: 1)
    var y = [Double](repeating: 0, count: 3)
    try online.start(model, from: nil)
    try online.step(model, [0.5, -0.5], into: &y)
    sentence("the gradient vector") { try online.addGradient(of: model, outputGradient: [1, 1, 1], into: &short) }
    sentence("the tokens of a step") { try online.step(model, tokens: [0, 1], into: &y) }
  }

  @Test func `a rule must go with the model and with what is given`() throws {
    let x = Tensor<Double>(repeating: 0.5, shape: [3, 1, 2])
    let model = try model()
    let records = try model.forward(x, recordsLayers: true).layers
    sentence("A rule that goes in parts runs forward anew") {
      try model.gradients(of: x, records: records, rule: .truncatedBPTT(every: 1, depth: 2))
    }
    let copying = try self.model { $0.regularization.zoneoutHidden = 0.5 }
    sentence("The recurrent cut cuts the error path through y_{t-1}, which zoneout") {
      try copying.gradients(of: x, rule: .recurrentCut())
    }
  }

  /// Outputs that are finite beside a target that is not, or too far away to be squared.
  @Test func `a loss that is not finite although the outputs are`() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [2]), seed: 1)
    let trainer = try Trainer(model, loss: .meanSquaredError, optimizer: .adam())
    var batch = SequenceBatch<Float>(steps: 2, batchSize: 1, inputSize: 1, outputSize: 2)
    (batch.inputs, batch.targets) = ([0.5, -0.5], [0, 0, 0, .nan])
    sentence("target value 3 of the batch is not finite") { try trainer.step(batch) }
    batch.targets[3] = 1e30
    sentence("the outputs are finite, but the loss overflows") { try trainer.step(batch) }
    #expect(trainer.model.parameters == model.parameters)
  }
}
