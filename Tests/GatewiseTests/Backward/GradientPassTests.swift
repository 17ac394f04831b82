import Gatewise
import Testing

@Suite("GradientPass")
struct GradientPassTests {
  private let model: LSTM<Double>

  init() throws {
    model = try LSTM(
      LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 4], peepholes: true, readout: .init(outputSize: 2)), seed: 1)
  }

  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor<Double> {
    var stream = RandomStream(seed: seed)
    var tensor = Tensor<Double>(repeating: 0, shape: shape)
    for index in tensor.elements.indices { tensor.elements[index] = stream.normal() }
    return tensor
  }

  @Test("gives the outputs and gradients of LSTM.gradients, batch after batch in the same memory")
  func agrees() throws {
    let pass = try GradientPass<Double>(model.configuration, steps: 6, batchSize: 4)
    var gradients = [Double](repeating: .nan, count: model.layout.count)
    for (seed, (steps, sequences)) in [(6, 4), (2, 1), (5, 3), (6, 2)].enumerated() {
      let x = tensor([steps, sequences, 3], seed: UInt64(seed))
      let dy = tensor([steps, sequences, 2], seed: UInt64(seed) + 10)
      // The last batch has a step that none of its sequences reaches.
      let lengths = [2: [5, 0, 3], 3: [4, 2]][seed]
      let expected = try model.gradients(of: x, lengths: lengths, outputGradient: dy)
      try pass.forward(model, SequenceBatch(inputs: x, lengths: lengths))
      var y = Tensor<Double>(repeating: 0, shape: [steps, sequences, 2])
      try pass.copyOutput(into: &y)
      try pass.backward(model, outputGradient: dy, into: &gradients)
      #expect(y == expected.output && gradients == expected.parameters)
      #expect(pass.finalState == expected.finalState)
    }
  }

  @Test("goes on from the batch before where the batch says so")
  func continues() throws {
    let x = tensor([6, 2, 3], seed: 1)
    let pass = try GradientPass<Double>(model.configuration, steps: 3, batchSize: 2)
    for part in 0..<2 {
      let rows = Array(x.elements[(part * 18)..<(part * 18 + 18)])
      var batch = try SequenceBatch<Double>(inputs: Tensor(shape: [3, 2, 3], elements: rows))
      batch.continuesState = part > 0
      try pass.forward(model, batch)
    }
    #expect(try pass.finalState == model.forward(x).finalState)
  }

  @Test("refuses what does not fit")
  func refuses() throws {
    let pass = try GradientPass<Double>(model.configuration, steps: 3, batchSize: 2)
    let dy = tensor([3, 2, 2], seed: 1)
    var gradients = [Double](repeating: 0, count: model.layout.count)
    #expect(throws: GatewiseError.self) { try pass.backward(model, outputGradient: dy, into: &gradients) }
    #expect(throws: GatewiseError.self) {
      try pass.forward(model, SequenceBatch(inputs: tensor([4, 2, 3], seed: 1)))
    }
    try pass.forward(model, SequenceBatch(inputs: tensor([3, 2, 3], seed: 1)))
    let tooFew = tensor([2, 2, 2], seed: 1)
    #expect(throws: GatewiseError.shapeMismatch(name: "dy", expected: [3, 2, 2], found: [2, 2, 2])) {
      try pass.backward(model, outputGradient: tooFew, into: &gradients)
    }
    var state = LSTMState<Double>(zerosFor: model.configuration, batchSize: 2)
    state.cell[0].elements.append(contentsOf: Array(repeating: 1, count: 1_000))
    #expect(throws: GatewiseError.shapeMismatch(name: "c of layer 0", expected: [2, 5], found: [1_010])) {
      try StreamingSession(model, batchSize: 2).restore(state)
    }
    var continuing = try SequenceBatch<Double>(inputs: tensor([3, 2, 3], seed: 1))
    continuing.continuesState = true
    let fresh = try GradientPass<Double>(model.configuration, steps: 3, batchSize: 2)
    #expect(throws: GatewiseError.self) { try fresh.forward(model, continuing) }
    let other = try LSTM<Double>(LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 4]), seed: 1)
    #expect(throws: GatewiseError.self) { try pass.backward(other, outputGradient: dy, into: &gradients) }
    try pass.backward(model, outputGradient: dy, into: &gradients)
    #expect(throws: GatewiseError.self) { try pass.backward(model, outputGradient: dy, into: &gradients) }
  }
}
