import Gatewise

/// The measured shapes: L layers of H units, N sequences of T steps, as many inputs as units (I = H).
struct Workload {
  let layers: Int
  let hiddenSize: Int
  let batchSize: Int
  let steps: Int

  /// The shape in a benchmark's name.
  var name: String { "L\(layers) H\(hiddenSize) N\(batchSize) T\(steps)" }

  /// A model without a readout: the loss is computed from the highest layer's outputs.
  func model<S: Scalar>(_: S.Type) throws -> LSTM<S> {
    try LSTM(
      LSTMConfiguration(inputSize: hiddenSize, hiddenSizes: Array(repeating: hiddenSize, count: layers)), seed: 1)
  }

  /// Random input `[T, N, I]`.
  func input<S: Scalar>(_: S.Type) throws -> Tensor<S> {
    try Tensor(shape: [steps, batchSize, hiddenSize], elements: draw(name: "input"))
  }

  /// Random input and targets `[T, N, H]`.
  func batch<S: Scalar>(_: S.Type) throws -> SequenceBatch<S> {
    var batch = try SequenceBatch<S>(inputs: input(S.self))
    batch.outputSize = hiddenSize
    batch.targets = draw(name: "targets")
    return batch
  }

  private func draw<S: Scalar>(name: String) -> [S] {
    var random = RandomStream(seed: 1, name: name)
    return (0..<steps * batchSize * hiddenSize).map { _ in random.normal() }
  }
}
