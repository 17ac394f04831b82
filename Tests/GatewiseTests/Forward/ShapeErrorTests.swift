import Testing

@testable import Gatewise

/// Shapes that disagree: each error names the tensor, what was expected and what was found, and nothing is computed.
@Suite struct ShapeErrorTests {
  private let model: LSTM<Double>
  private let x = Tensor<Double>(repeating: 0.5, shape: [3, 2, 4])

  init() throws {
    model = try LSTM(
      LSTMConfiguration(inputSize: 4, hiddenSizes: [5, 3], readout: .init(outputSize: 2)), seed: 1)
  }

  private func expect(
    _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
  ) {
    do {
      _ = try body()
      Issue.record("no error: \(sentence)", sourceLocation: sourceLocation)
    } catch { #expect("\(error)" == sentence, sourceLocation: sourceLocation) }
  }

  private func tensor(_ shape: [Int]) -> Tensor<Double> { Tensor(repeating: 0, shape: shape) }

  @Test func `the input`() {
    for shape in [[3, 2, 5], [3, 4], [4], []] {
      expect("x has shape \(shape), but this model expects [T, N, 4].") { try model.forward(tensor(shape)) }
      expect("x has shape \(shape), but this model expects [T, N, 4].") { try model.gradients(of: tensor(shape)) }
    }
    expect(
      "A batch needs at least one sequence and one input, but its shape is [3, 0, 4] with 0 outputs."
    ) { try model.forward(tensor([3, 0, 4])) }
  }

  @Test func `the lengths`() {
    expect("the batch's array lengths has shape [1], but [2] is expected.") { try model.forward(x, lengths: [3]) }
    expect("Sequence 1 of the batch has length 4, which is outside 0...3.") {
      try model.forward(x, lengths: [0, 4])
    }
    expect("Sequence 0 of the batch has length -1, which is outside 0...3.") {
      try model.gradients(of: x, lengths: [-1, 3])
    }
  }

  @Test func `a batch's arrays`() {
    var batch = SequenceBatch<Double>(steps: 3, batchSize: 2, inputSize: 7)
    batch.tokens = [0, 1, 2, 3, 4, 6]
    expect("the batch's input has shape [3, 2, 7], but [3, 2, 4] is expected.") { try model.forward(batch) }
    expect("the batch's input has shape [3, 2, 7], but [3, 2, 4] is expected.") { try model.gradients(of: batch) }
    batch.inputSize = 4
    expect("Token 4 at step 2 of sequence 0 is outside 0..<4.") { try model.forward(batch) }
    batch.tokens = [0]
    expect("the batch's array tokens has shape [1], but [3, 2] is expected.") { try model.forward(batch) }
    batch.tokens = []
    batch.inputs = [1, 2]
    expect("the batch's array inputs has shape [2], but [3, 2, 4] is expected.") { try model.forward(batch) }
  }

  @Test func `the state`() {
    var state = LSTMState<Double>(zerosFor: model.configuration, batchSize: 2)
    state.cell[1] = tensor([2, 4])
    expect("c of layer 1 has shape [2, 4], but [2, 3] is expected.") { try model.forward(x, initialState: state) }
    expect("c of layer 1 has shape [2, 4], but [2, 3] is expected.") {
      try model.gradients(of: x, finalStateGradient: state)
    }
    state = LSTMState(zerosFor: model.configuration, batchSize: 3)
    expect("h of layer 0 has shape [3, 5], but [2, 5] is expected.") { try model.forward(x, initialState: state) }
    state.hidden.removeLast()
    expect("The state has h for 1 layers, but the model has 2.") { try model.gradients(of: x, initialState: state) }
  }

  @Test func `the incoming gradient`() throws {
    expect("dy has shape [3, 2, 3], but [3, 2, 2] is expected.") {
      try model.gradients(of: x, outputGradient: tensor([3, 2, 3]))
    }
    let last = try LSTM<Double>(
      LSTMConfiguration(inputSize: 4, hiddenSizes: [5], readout: .init(outputSize: 2, position: .lastStep)), seed: 1)
    expect("dy has shape [3, 2, 2], but [1, 2, 2] is expected.") {
      try last.gradients(of: x, outputGradient: tensor([3, 2, 2]))
    }
  }

  @Test func `a tensor's elements`() {
    expect("the list of a tensor's elements (the tensor's shape is [2, 3]) has shape [5], but [6] is expected.") {
      try Tensor<Double>(shape: [2, 3], elements: [1, 2, 3, 4, 5])
    }
    expect("The shape [-1, -1] is not valid: every extent must be at least 0, and the product must fit in memory.") {
      try Tensor<Double>(shape: [-1, -1], elements: [1])
    }
    let huge = 1 << 40
    expect(
      "The shape [\(huge), \(huge)] is not valid: every extent must be at least 0, and the product must fit in memory."
    ) {
      try Tensor<Double>(shape: [1 << 40, 1 << 40], elements: [])
    }
  }
}
