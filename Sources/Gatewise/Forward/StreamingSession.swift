/// One step after another: a model with the state of N running sequences.
///
/// A session is cheap beside its model and belongs to one thread at a time; any number of sessions may share a model.
///
///     let session = try StreamingSession(model)
///     for x in sensor { print(try session.step([x])) }
public final class StreamingSession<S: Scalar> {
  /// The model that runs.
  public let model: LSTM<S>
  /// N: sequences that run side by side.
  public let batchSize: Int
  private let workspace: Workspace<S>
  private var batch: SequenceBatch<S>

  /// A session that starts from the model's initial state.
  ///
  /// - Throws: `GatewiseError` where `batchSize` is below 1 or beyond this machine's memory.
  public init(_ model: LSTM<S>, batchSize: Int = 1, execution: Execution? = nil) throws {
    self.model = model
    self.batchSize = batchSize
    workspace = try Workspace(
      model.configuration, steps: 1, batchSize: batchSize, purpose: .inference, execution: execution)
    batch = SequenceBatch(steps: 1, batchSize: batchSize, inputSize: model.configuration.inputSize)
    reset()
  }

  /// Goes back to the model's initial state.
  public func reset() {
    model.parameters.withUnsafeBufferPointer { workspace.resetState(parameters: $0.baseAddress!) }
  }

  /// h and c of every layer; may be saved, and set again in this or another session of the same model.
  public var state: LSTMState<S> { workspace.state }

  /// Goes on from a saved state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where it is another model's or another batch's state.
  public func restore(_ state: LSTMState<S>) throws { try workspace.setState(state) }

  /// One step of every sequence.
  ///
  /// - Parameter x: input `[N, I]`, row after row.
  /// - Returns: outputs `[N, K]`.
  /// - Throws: `GatewiseError.shapeMismatch` where `x` has another size.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ x: [S]) throws -> [S] {
    let expected = [batchSize, model.configuration.inputSize]
    guard x.count == expected[0] * expected[1] else {
      throw GatewiseError.shapeMismatch(name: "x of a step", expected: expected, found: [x.count])
    }
    batch.inputs = x
    batch.tokens = []
    return run()
  }

  /// One step of every sequence with one-hot input.
  ///
  /// - Parameter tokens: the index of the input that is one, `[N]`.
  /// - Returns: outputs `[N, K]`.
  /// - Throws: `GatewiseError.invalidArgument` where a token lies outside 0 ..< I.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(tokens: [Int32]) throws -> [S] {
    guard tokens.count == batchSize else {
      throw GatewiseError.shapeMismatch(name: "the tokens of a step", expected: [batchSize], found: [tokens.count])
    }
    let inputs = model.configuration.inputSize
    if let token = tokens.first(where: { !(0..<inputs).contains(Int($0)) }) {
      throw GatewiseError.invalidArgument("Token \(token) lies outside 0 ..< \(inputs), the model's inputs.")
    }
    batch.inputs = []
    batch.tokens = tokens
    return run()
  }

  private func run() -> [S] {
    workspace.load(batch, steps: 1)
    model.parameters.withUnsafeBufferPointer {
      workspace.forward(parameters: $0.baseAddress!, version: model.version, wakes: false)
    }
    return Array(UnsafeBufferPointer(start: workspace.output, count: batchSize * model.configuration.outputSize))
  }
}
