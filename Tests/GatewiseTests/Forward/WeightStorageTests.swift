import Testing

@testable import Gatewise

/// A pass or session with bfloat16 weights gives the outputs of a model whose weights have been rounded.
@Suite struct WeightStorageTests {
  private let configuration = LSTMConfiguration(
    inputSize: 6, hiddenSizes: [40, 17], peepholes: true, readout: .init(outputSize: 3))

  /// Only the tile stores weights so, whatever the environment asks for.
  private func tile() throws -> Execution { try Engine(set: .current(), path: .tile).execution() }

  private func drawn(isToken: Bool) throws -> (model: LSTM<Float>, batch: SequenceBatch<Float>) {
    let drawn = try RandomProblem(
      configuration: configuration, steps: 9, batchSize: 5, isToken: isToken, isStateGiven: false
    ).make()
    var batch = SequenceBatch<Float>(steps: 9, batchSize: 5, inputSize: 6)
    batch.inputs = drawn.batch.inputs.map(Float.init)
    batch.tokens = drawn.batch.tokens
    return (drawn.model.converted(to: Float.self), batch)
  }

  private func rounded(_ model: LSTM<Float>) throws -> LSTM<Float> {
    var model = model
    for entry in model.layout.entries where [.inputWeights, .recurrentWeights].contains(entry.role) {
      var tensor = try model.tensor(entry.name)
      tensor.elements = tensor.elements.map(\.toBFloat16)
      try model.setTensor(entry.name, to: tensor)
    }
    return model
  }

  @Test func `outputs are those of rounded weights`() throws {
    let (model, batch) = try drawn(isToken: false)
    let halved = try model.forward(batch, weights: .bfloat16, execution: tile())
    let full = try model.forward(batch, execution: tile())
    #expect(
      try Agreement.sameBits(halved.output.elements, rounded(model).forward(batch, execution: tile()).output.elements))
    let difference = Agreement.difference(halved.output.elements, full.output.elements)
    print("bfloat16 weights: outputs differ by \(difference)")
    #expect(difference > 1e-6 && difference < 2e-2)
  }

  /// W takes the rows of tokens, which no product reads, at full precision; R is rounded.
  @Test func `tokens take whole rows`() throws {
    var (model, batch) = try drawn(isToken: true)
    let halved = try model.forward(batch, weights: .bfloat16, execution: tile())
    let w = try model.tensor("weight_ih_l0")
    model = try rounded(model)
    try model.setTensor("weight_ih_l0", to: w)
    #expect(try Agreement.sameBits(halved.output.elements, model.forward(batch, execution: tile()).output.elements))
  }

  @Test func `a session stores weights so`() throws {
    let (model, _) = try drawn(isToken: false)
    let halved = try StreamingSession(model, weights: .bfloat16, execution: tile())
    let session = try StreamingSession(rounded(model), execution: tile())
    for t in 0..<5 {
      let x = (0..<6).map { Float($0 - t) * 0.25 }
      #expect(try halved.step(x) == session.step(x))
    }
  }

  @Test func `what cannot be stored so is refused`() throws {
    let model = try LSTM<Double>(configuration, seed: 1)
    #expect(throws: GatewiseError.self) { try StreamingSession(model, weights: .bfloat16) }
    let plain = Execution(team: try .shared(), instructionSet: try .current(), recurrentPath: .plain)
    #expect(throws: GatewiseError.self) {
      try InferencePass<Float>(configuration, steps: 1, batchSize: 1, weights: .bfloat16, execution: plain)
    }
  }
}
