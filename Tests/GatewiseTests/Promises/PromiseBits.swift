@testable import Gatewise

/// The bits of all that is computed of a problem in one setting, as a number for each kind of result.
struct PromiseBits {
  /// By kind: outputs, states and errors of each sequence; parameters' gradients; a short training; weights in 16 and
  /// in 8 bits; a stream.
  private(set) var results: [(kind: String, bits: UInt64)] = []

  init(_ promise: PromiseProblem, _ setting: PromiseSetting, path: RecurrentPath) throws {
    let execution = Execution(
      team: ThreadTeam(threads: setting.threads), instructionSet: setting.set, recurrentPath: path)
    let drawn = try promise.problem.make()
    if promise.isDouble {
      try add(promise, setting, drawn, Double.self, execution)
    } else {
      try add(promise, setting, drawn, Float.self, execution)
    }
  }

  private mutating func add<S: Scalar>(
    _ promise: PromiseProblem, _ setting: PromiseSetting, _ drawn: Drawn, _: S.Type, _ execution: Execution
  ) throws {
    let model = drawn.model.converted(to: S.self)
    let configuration = model.configuration
    // Each sequence's own results, from whatever part of the batch it was in.
    var sequences = [[S]](repeating: [], count: promise.problem.batchSize)
    for part in setting.parts {
      let some = try drawn.sequences(part)
      let found = try model.gradients(some, promise.rule, execution)
      for (place, n) in part.enumerated() {
        for tensor in [found.output, found.input] { sequences[n] += tensor.rows(ofSequence: place) }
        for state in [found.finalState, found.initialState] {
          for tensor in state.hidden + state.cell + state.gates {
            sequences[n] += tensor.rows(ofSequence: place)
          }
        }
      }
      for storage in [WeightStorage.bfloat16, .int8] {
        guard let y = try? model.forward(some.batch(S.self), weights: storage, execution: execution) else { continue }
        for (place, n) in part.enumerated() { sequences[n] += y.output.rows(ofSequence: place) }
      }
    }
    results.append(("sequences", Self.bits(sequences.joined())))
    results.append(("gradient", Self.bits(try model.gradients(drawn, promise.rule, execution).parameters)))
    results.append(("training", Self.bits(try Self.train(model, drawn, promise.rule, execution))))
    if !configuration.isBidirectional, !promise.problem.isToken {
      let session = try StreamingSession(model, batchSize: promise.problem.batchSize, execution: execution)
      let row = (0..<promise.problem.batchSize * configuration.inputSize).map { S($0 % 7) / 7 }
      results.append(("stream", Self.bits(try (0..<4).flatMap { _ in try session.step(row) })))
    }
  }

  /// The parameters after three updates.
  private static func train<S: Scalar>(
    _ model: LSTM<S>, _ drawn: Drawn, _ rule: GradientRule, _ execution: Execution
  ) throws -> [S] {
    var batch = drawn.batch(S.self)
    let rows = (model.configuration.readsLastStepOnly ? 1 : batch.steps) * batch.batchSize
    batch.outputSize = model.configuration.outputSize
    let isClassification = model.configuration.outputSize > 1 && rows.isMultiple(of: 2)
    if isClassification {
      batch.classes = (0..<rows).map { Int32($0 * 5 % batch.outputSize) }
    } else {
      batch.targets = (0..<rows * batch.outputSize).map { S($0 % 5) / 5 }
    }
    guard batch.realSteps > 0 else { return [] }
    let loss: any Loss = isClassification ? SoftmaxCrossEntropy() : MeanSquaredError()
    let trainer = try Trainer(
      model, loss: loss, optimizer: Adam(learningRate: 0.01), clipping: .norm(1), rule: rule, execution: execution)
    for _ in 0..<3 { _ = try trainer.step(batch) }
    return trainer.model.parameters
  }

  /// FNV-1a of the numbers' bits.
  private static func bits<S: Scalar>(_ numbers: some Sequence<S>) -> UInt64 {
    var sum: UInt64 = 14_695_981_039_346_656_037
    for number in numbers {
      withUnsafeBytes(of: number) { for byte in $0 { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 } }
    }
    return sum
  }
}

extension LSTM {
  fileprivate func gradients(
    _ drawn: Drawn, _ rule: GradientRule, _ execution: Execution
  ) throws -> Gradients<S> {
    func state(_ state: LSTMState<Double>) throws -> LSTMState<S> {
      func converted(_ tensors: [Tensor<Double>]) throws -> [Tensor<S>] {
        try tensors.map { try Tensor(shape: $0.shape, elements: $0.elements.map { S($0) }) }
      }
      return LSTMState(
        hidden: try converted(state.hidden), cell: try converted(state.cell), gates: try converted(state.gates))
    }
    return try gradients(
      of: drawn.batch(S.self), initialState: drawn.initialState.map(state),
      outputGradient: Tensor(
        shape: drawn.outputGradient.shape, elements: drawn.outputGradient.elements.map { S($0) }),
      finalStateGradient: state(drawn.finalStateGradient), rule: rule, dropping: drawn.problem.dropping,
      execution: execution)
  }
}

extension Drawn {
  /// The batch in another type, without targets.
  fileprivate func batch<S: Scalar>(_: S.Type) -> SequenceBatch<S> {
    var converted = SequenceBatch<S>(
      steps: batch.steps, batchSize: batch.batchSize, inputSize: batch.inputSize)
    (converted.tokens, converted.lengths) = (batch.tokens, batch.lengths)
    converted.inputs = batch.inputs.map { S($0) }
    return converted
  }
}

extension Tensor {
  /// What belongs to sequence n of a tensor `[N, width]` or `[T, N, width]`.
  fileprivate func rows(ofSequence n: Int) -> [Element] {
    let (N, width) = (shape[shape.count - 2], shape[shape.count - 1])
    var rows: [Element] = []
    for t in 0..<elements.count / max(1, N * width) {
      let first = (t * N + n) * width
      rows += elements[first..<first + width]
    }
    return rows
  }
}
