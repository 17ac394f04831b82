import Gatewise
import Testing

/// A loss, a source, an optimizer and a logger as a program that links the library writes them: by its public
/// interface alone.
@Suite struct OwnPartsTests {
  /// The mean squared error, written anew.
  private struct OwnSquaredError: Loss {
    func evaluate<S: Scalar>(
      _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
    ) -> S {
      var sum: S = 0
      for k in outputs.indices {
        let error = outputs[k] - values[k]
        sum += error * error
        slope[k] = 2 * error / S(outputs.count)
      }
      return sum / S(outputs.count)
    }
  }

  /// The cross entropy with weights of classes and an ignored one, written anew.
  private struct OwnCrossEntropy: Loss {
    var targetKind: TargetKind { .classes }

    func weight(ofClass index: Int, outputSize: Int) -> Double? {
      if index == -1 { return 0 }
      return (0..<outputSize).contains(index) ? 1 + Double(index) : nil
    }

    func evaluate<S: Scalar>(
      _ outputs: Span<S>, values: Span<S>, class index: Int, slope: inout MutableSpan<S>
    ) -> S {
      var sum: S = 0
      for k in outputs.indices { sum += S.exp(outputs[k]) }
      for k in outputs.indices { slope[k] = S.exp(outputs[k]) / sum - (k == index ? 1 : 0) }
      return S.log(sum) - outputs[index]
    }
  }

  /// Gradient descent with momentum, written anew.
  private struct OwnMomentum: Optimizer {
    static var name: String { "own" }
    var learningRate = 0.1
    var weightDecay = 0.0
    var momentNames: [String] { ["velocity"] }

    func validate() throws {}

    func update<S: Scalar>(_ segment: UpdateSegment<S>) {
      let velocity = segment.moment(0)
      for k in 0..<segment.count {
        velocity[k] = S(0.9) * velocity[k] + segment.gradient(k)
        segment.parameters[k] -= S(segment.learningRate) * velocity[k]
      }
    }
  }

  /// Five batches of random numbers, then an error of its own.
  private struct OwnSource: BatchSource {
    struct Unplugged: Error, Equatable {
      let batches: Int
    }

    let kind: TargetKind
    var batches = 0

    func makeBatch() -> SequenceBatch<Double> {
      var batch = SequenceBatch<Double>(steps: 6, batchSize: 3, inputSize: 2, outputSize: 2)
      batch.inputs = Array(repeating: 0, count: 6 * 3 * 2)
      switch kind {
      case .values: batch.targets = Array(repeating: 0, count: 6 * 3 * 2)
      case .classes: batch.classes = Array(repeating: 0, count: 6 * 3)
      }
      return batch
    }

    mutating func next(into batch: inout SequenceBatch<Double>) throws -> Bool {
      guard batches < 5 else { throw Unplugged(batches: batches) }
      batches += 1
      var random = RandomStream(seed: UInt64(batches))
      for n in batch.inputs.indices { batch.inputs[n] = random.uniform(in: -1...1) }
      for n in batch.targets.indices { batch.targets[n] = random.uniform(in: -1...1) }
      for n in batch.classes.indices { batch.classes[n] = Int32.random(in: -1...1, using: &random) }
      return true
    }
  }

  private static let configuration = LSTMConfiguration(
    inputSize: 2, hiddenSizes: [4], readout: .init(outputSize: 2))

  /// The losses of five updates and the parameters after them.
  private func train(_ loss: any Loss, _ optimizer: any Optimizer) throws -> (losses: [Double], parameters: [Double]) {
    var source = OwnSource(kind: loss.targetKind)
    let trainer = try Trainer(LSTM<Double>(Self.configuration, seed: 1), loss: loss, optimizer: optimizer)
    var losses: [Double] = []
    try trainer.train(on: &source, updates: 5) { losses.append($0.loss) }
    return (losses, trainer.model.parameters)
  }

  @Test func `an own loss and an own optimizer train as those of the library`() throws {
    let pairs: [(own: any Loss, known: any Loss)] = [
      (OwnSquaredError(), .meanSquaredError),
      (OwnCrossEntropy(), .softmaxCrossEntropy(classWeights: [1, 2], ignoredIndex: -1)),
    ]
    for (own, known) in pairs {
      let (found, expected) = (
        try train(own, OwnMomentum()), try train(known, .sgd(learningRate: 0.1, momentum: 0.9))
      )
      let loss = zip(found.losses, expected.losses).map { abs($0 - $1) }.max()!
      let parameters = zip(found.parameters, expected.parameters).map { abs($0 - $1) }.max()!
      print("\(type(of: own)) and an own optimizer: losses differ by \(loss), parameters by \(parameters)")
      #expect(found.losses.count == 5 && loss < 1e-14 && parameters < 1e-13)
      #expect(found.parameters != (try LSTM<Double>(Self.configuration, seed: 1)).parameters)
    }
  }

  @Test func `an error of an own source reaches the caller as it is`() throws {
    var source = OwnSource(kind: .values)
    let trainer = try Trainer(
      LSTM<Double>(Self.configuration, seed: 1), loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01))
    #expect(throws: OwnSource.Unplugged(batches: 5)) { try trainer.train(on: &source, updates: 10) { _ in } }
  }
}
