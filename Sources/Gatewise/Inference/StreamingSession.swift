/// One step after another: a model with the state of N running sequences.
///
/// A session is cheap beside its model and belongs to one thread at a time; any number of sessions may share a model.
///
///     let session = try StreamingSession(model)
///     for x in sensor { print(try session.step([x])) }
public final class StreamingSession<S: Scalar> {
  /// The model that runs.
  package let model: LSTM<S>
  /// N: sequences that run side by side.
  package let batchSize: Int
  private let engine: Engine<S>
  /// Whether the products of a step are worth sharing between threads.
  private let sharesSteps: Bool
  private var endOfLastStep: ContinuousClock.Instant?

  /// Steps that follow on each other faster than this are a loop that waits for nothing else; then threads that sleep
  /// are woken to share a step that is worth sharing, and from then on look out for the next.
  private static var loopPause: Duration { .microseconds(50) }

  /// A session that starts from the model's initial state.
  ///
  /// - Parameters:
  ///   - model: what runs.
  ///   - batchSize: N.
  ///   - weights: how the weights are stored; a step of one sequence takes about as long as reading them.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where `batchSize` is below 1 or beyond this machine's memory, where weights cannot be
  ///   stored so, or where the model is bidirectional.
  public init(
    _ model: LSTM<S>, batchSize: Int = 1, weights: WeightStorage = .full, execution: Execution? = nil
  ) throws {
    try model.configuration.requireOneDirection(for: "Streaming")
    self.model = model
    self.batchSize = batchSize
    let execution = try execution ?? .standard()
    engine = try Engine(
      EngineShape(
        configuration: model.configuration, steps: 1, batchSize: batchSize, purpose: .inference, weights: weights,
        execution: execution), team: execution.team)
    engine.window.loadStep()
    sharesSteps = engine.sharesSteps
    reset()
  }

  /// Goes back to the model's initial state.
  public func reset() {
    model.withParameters { engine.resetState($0) }
  }

  /// h and c of every layer; may be saved, and set again in this or another session of the same model.
  public var state: LSTMState<S> { engine.state }

  /// Goes on from a saved state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where it is another model's or another batch's state.
  public func restore(_ state: LSTMState<S>) throws { try engine.setState(state) }

  /// One step of every sequence.
  ///
  /// - Parameter x: input `[N, I]`, row after row.
  /// - Returns: outputs `[N, K]`.
  /// - Throws: `GatewiseError.shapeMismatch` where `x` has another size.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ x: [S]) throws -> [S] {
    var output = [S](repeating: 0, count: batchSize * model.configuration.outputSize)
    try step(x, into: &output)
    return output
  }

  /// One step of every sequence into memory that is there: it allocates nothing and, where its products are small,
  /// takes no lock and wakes no thread. Large ones are shared with threads that look out for work already, or are woken
  /// where one step follows on the other without a pause.
  ///
  /// - Parameters:
  ///   - x: input `[N, I]`, row after row.
  ///   - output: `[N, K]`, overwritten.
  /// - Throws: `GatewiseError.shapeMismatch` where a size disagrees.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func step(_ x: [S], into output: inout [S]) throws {
    try require(x.count, of: "x", width: model.configuration.inputSize)
    try require(output.count, of: "the output", width: model.configuration.outputSize)
    x.withView {
      engine.window.setStep($0)
      run(into: &output)
    }
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
    engine.window.setStep(tokens: tokens)
    var output = [S](repeating: 0, count: batchSize * model.configuration.outputSize)
    run(into: &output)
    return output
  }

  private func run(into output: inout [S]) {
    output.withMutableView { y in
      let isDirect = model.configuration.readout == nil
      engine.setCallerOutput(
        isDirect ? y.matrix(rows: batchSize, columns: model.configuration.outputSize) : nil)
      model.withParameters {
        let isLoop = sharesSteps && endOfLastStep.map { $0.duration(to: .now) < Self.loopPause } ?? false
        engine.forward($0, wakes: isLoop)
      }
      if !isDirect { engine.copyOutput(to: y) }
      engine.endBorrowing()
    }
    if sharesSteps { endOfLastStep = .now }
  }

  private func require(_ count: Int, of name: String, width: Int) throws(GatewiseError) {
    guard count == batchSize * width else {
      throw .shapeMismatch(name: "\(name) of a step", expected: [batchSize, width], found: [count])
    }
  }
}
