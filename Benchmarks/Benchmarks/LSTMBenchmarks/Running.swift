import Gatewise

// Classes, because a struct's output would be copied when the benchmark also holds it.

/// A pass over one window with its output.
final class Inference<S: Scalar> {
  private let pass: InferencePass<S>
  private let model: LSTM<S>
  private let batch: SequenceBatch<S>
  private var output: Tensor<S>

  init(_ shape: Workload, _ execution: Execution) throws {
    model = try shape.model(S.self)
    batch = try SequenceBatch(inputs: shape.input(S.self))
    pass = try InferencePass(
      model.configuration, steps: shape.steps, batchSize: shape.batchSize, execution: execution)
    output = Tensor(repeating: 0, shape: [shape.steps, shape.batchSize, shape.hiddenSize])
  }

  /// One forward pass.
  func run() throws { try pass.forward(model, batch, into: &output) }
}

/// A session with the input and the output of a step.
final class Streaming<S: Scalar> {
  private let session: StreamingSession<S>
  private let x: [S]
  private var output: [S]

  init(_ shape: Workload, _ execution: Execution) throws {
    session = try StreamingSession(shape.model(S.self), batchSize: shape.batchSize, execution: execution)
    x = try shape.input(S.self).elements
    output = Array(repeating: 0, count: shape.batchSize * shape.hiddenSize)
  }

  /// One step of every sequence.
  func run() throws { try session.step(x, into: &output) }
}
