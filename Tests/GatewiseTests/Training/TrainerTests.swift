import Testing

@testable import Gatewise

/// The guarantees of a trainer beyond its numbers: no allocation, the same bits, consistent models, carried state.
@Suite(.serialized) struct TrainerTests {
  private func batch<S: Scalar>(
    _ type: S.Type, steps: Int = 9, batchSize: Int = 70, inputs: Int = 5, outputs: Int = 3, lengths: [Int]? = nil,
    tokens: Bool = false, seed: UInt64 = 1
  ) -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(steps: steps, batchSize: batchSize, inputSize: inputs, outputSize: outputs)
    var stream = RandomStream(seed: seed)
    if tokens {
      batch.tokens = (0..<steps * batchSize).map { _ in Int32(stream.index(below: inputs)) }
    } else {
      batch.inputs = (0..<steps * batchSize * inputs).map { _ in stream.normal() }
    }
    batch.classes = (0..<steps * batchSize).map { _ in Int32(stream.index(below: outputs)) }
    batch.lengths = lengths
    return batch
  }

  private func model<S: Scalar>(_ type: S.Type, learnsInitialState: Bool = false) throws -> LSTM<S> {
    try LSTM(
      LSTMConfiguration(
        inputSize: 5, hiddenSizes: [17, 12], peepholes: true, learnsInitialState: learnsInitialState,
        readout: .init(outputSize: 3)), seed: 3)
  }

  @Test(arguments: [1, 2, 4]) func aStepAllocatesNothing(threads: Int) throws {
    let lengths = (0..<70).map { 1 + ($0 * 5) % 9 }
    for batch in [batch(Float.self), batch(Float.self, lengths: lengths), batch(Float.self, tokens: true)] {
      let trainer = try Trainer(
        model(Float.self, learnsInitialState: true), loss: SoftmaxCrossEntropy(), optimizer: Adam(),
        schedule: .exponential(factor: 0.9), clipping: .norm(1), execution: .threads(threads))
      let allocations = allocationCount { for _ in 0..<10 { _ = try! trainer.step(batch) } }
      print("10 steps with \(threads) threads made \(allocations) allocations")
      #expect(allocations == 0)
    }
  }

  /// A loss that is too large for the memory of an existential, which must not be boxed at every step.
  private struct LargeLoss: Loss {
    let weights = (1.0, 2.0, 3.0, 4.0, 5.0)
    var targetKind = TargetKind.values

    func weight(ofClass index: Int, outputSize: Int) -> Double? { index < 3 ? weights.1 : nil }

    @specialized(where S == Float)
    func evaluate<S: Scalar>(
      _ outputs: Span<S>, values: Span<S>, class index: Int, slope: inout MutableSpan<S>
    ) -> S {
      var sum: S = 0
      for k in outputs.indices {
        let target = targetKind == .values ? values[k] : k == index ? 1 : 0
        sum += S(weights.4) * abs(outputs[k] - target)
        slope[k] = outputs[k] < target ? -S(weights.4) : S(weights.4)
      }
      return sum
    }
  }

  @Test(arguments: [TargetKind.values, .classes], [1, 2])
  func aStepWithALargeLossAllocatesNothing(_ kind: TargetKind, threads: Int) throws {
    var batch = SequenceBatch<Float>(steps: 9, batchSize: 70, inputSize: 5, outputSize: 3)
    batch.inputs = (0..<9 * 70 * 5).map { Float($0 % 13) / 13 }
    switch kind {
    case .values: batch.targets = Array(repeating: 0.5, count: 9 * 70 * 3)
    case .classes: batch.classes = (0..<9 * 70).map { Int32($0 % 3) }
    }
    let trainer = try Trainer(
      model(Float.self), loss: LargeLoss(targetKind: kind), optimizer: Adam(), accumulation: 2,
      execution: .threads(threads))
    for _ in 0..<2 { _ = try trainer.step(batch) }
    let allocations = allocationCount { for _ in 0..<10 { _ = try! trainer.step(batch) } }
    print("10 steps with a large loss on \(kind) and \(threads) threads made \(allocations) allocations")
    #expect(allocations == 0)
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    func trained(threads: Int) throws -> [Float] {
      let trainer = try Trainer(
        model(Float.self), loss: SoftmaxCrossEntropy(), optimizer: Adam(), clipping: .norm(1),
        execution: .threads(threads))
      var batch = batch(Float.self, lengths: (0..<70).map { ($0 * 7) % 10 })
      for step in 0..<5 {
        batch.continuesState = step > 0
        _ = try trainer.step(batch)
      }
      return trainer.model.parameters
    }
    let one = try trained(threads: 1).map(\.bitPattern)
    for threads in 2...4 {
      let differing = try zip(one, trained(threads: threads)).filter { $0 != $1.bitPattern }.count
      print("\(threads) threads against one: \(differing) of \(one.count) parameters differ")
      #expect(differing == 0)
    }
  }

  @Test func carriedWindowsSeeTheStateBefore() throws {
    // Two windows with carried state and no learning give the losses of one long window.
    let long = batch(Double.self, steps: 8, batchSize: 4)
    var halves = (0..<2).map { half in
      var part = batch(Double.self, steps: 4, batchSize: 4)
      part.inputs = Array(long.inputs[half * 80..<(half + 1) * 80])
      part.classes = Array(long.classes[half * 16..<(half + 1) * 16])
      return part
    }
    halves[1].continuesState = true
    func trainer() throws -> Trainer<Double> {
      try Trainer(model(Double.self), loss: SoftmaxCrossEntropy(), optimizer: SGD(learningRate: 1e-300))
    }
    let whole = try trainer().step(long).loss
    let split = try trainer()
    let carried = try (split.step(halves[0]).loss + split.step(halves[1]).loss) / 2
    print("one window \(whole), two with carried state \(carried)")
    #expect(abs(whole - carried) < 1e-14)
    halves[1].continuesState = false
    let forgetful = try trainer()
    let lost = try (forgetful.step(halves[0]).loss + forgetful.step(halves[1]).loss) / 2
    #expect(abs(whole - lost) > 1e-6)
  }

  @Test func aBatchContinuesOneOfAsManySequences() throws {
    var next = batch(Double.self, steps: 4, batchSize: 4)
    next.continuesState = true
    let trainer = try Trainer(model(Double.self), loss: SoftmaxCrossEntropy(), optimizer: SGD(learningRate: 1e-300))
    #expect(throws: GatewiseError.self) { try trainer.step(next) }
    _ = try trainer.step(batch(Double.self, steps: 4, batchSize: 2))
    #expect(throws: GatewiseError.self) { try trainer.step(next) }
    // A batch that needs more memory keeps the carried state.
    let steps = (2...3).map { batch(Double.self, steps: $0, batchSize: 4, seed: UInt64($0)) }
    var long = batch(Double.self, steps: 5, batchSize: 4)
    long.inputs = steps[0].inputs + steps[1].inputs
    long.classes = steps[0].classes + steps[1].classes
    let whole = try trainer.step(long).loss
    var second = steps[1]
    second.continuesState = true
    let growing = try Trainer(model(Double.self), loss: SoftmaxCrossEntropy(), optimizer: SGD(learningRate: 1e-300))
    let parts = try (2 * growing.step(steps[0]).loss + 3 * growing.step(second).loss) / 5
    print("one window \(whole), two in growing memory \(parts)")
    #expect(abs(whole - parts) < 1e-14)
  }

  @Test func anEvaluationTakesAWholeEpoch() throws {
    let sequences = (0..<5).map { Tensor<Float>(repeating: Float($0), shape: [3, 5]) }
    var source = try ArraySource(
      sequences: sequences, targets: .classes([0, 1, 2, 0, 1], count: 3), batchSize: 2, shuffles: false)
    let model = try LSTM<Float>(
      LSTMConfiguration(inputSize: 5, hiddenSizes: [4], readout: .init(outputSize: 3, position: .lastStep)), seed: 1)
    let trainer = try Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD())
    let first = try trainer.evaluate(on: &source)
    // After three updates the source is at the end of its epoch, where it has no batch until the next epoch starts.
    try trainer.train(on: &source, updates: 3)
    let second = try trainer.evaluate(on: &source)
    print("before \(first), after \(second)")
    #expect(first.loss.weight == 5 && second.loss.weight == 5 && second.mean > 0)
  }

  @Test func masksAndPaddingTakeNoPart() throws {
    var masked = batch(Double.self, steps: 4, batchSize: 3)
    masked.mask = (0..<12).map { $0 < 9 ? 1 : 0 }
    var padded = batch(Double.self, steps: 4, batchSize: 3)
    padded.lengths = [3, 3, 3]
    for index in 45..<60 { padded.inputs[index] = .nan }
    let losses = try [masked, padded].map {
      try Trainer(model(Double.self), loss: SoftmaxCrossEntropy(), optimizer: Adam()).step($0).loss
    }
    print("masked \(losses[0]), padded \(losses[1])")
    #expect(abs(losses[0] - losses[1]) < 1e-14)
  }

  @Test func aNumberThatIsNotFiniteStopsTrainingAndSaysWhere() throws {
    var batch = batch(Float.self, steps: 4, batchSize: 3)
    let trainer = try Trainer(model(Float.self), loss: SoftmaxCrossEntropy(), optimizer: Adam())
    _ = try trainer.step(batch)
    let before = trainer.model.parameters
    batch.inputs[2 * 15 + 5] = .nan
    let input = #expect(throws: GatewiseError.self) { try trainer.step(batch) }
    print(input.map(String.init(describing:)) ?? "")
    #expect(input?.description.contains("input at step 2 of sequence 1") == true)
    #expect(trainer.model.parameters == before)

    var broken = try model(Float.self)
    // Gate order i, f, g, o: a weight into the forget gate of layer 1.
    broken.parameters[broken.layout["bias_ih_l1"]!.offset + 12 + 2] = .infinity
    broken.parameters[broken.layout["bias_ih_l1"]!.offset + 3] = .nan
    let gate = #expect(throws: GatewiseError.self) {
      try Trainer(broken, loss: SoftmaxCrossEntropy(), optimizer: Adam()).step(self.batch(Float.self, steps: 4))
    }
    print(gate.map(String.init(describing:)) ?? "")
    #expect(gate?.description.contains("at step 0 of sequence 0, in the input gate of layer 1") == true)
  }

  @Test func cancellationStopsBetweenSteps() async throws {
    let task = Task {
      let sequences = (0..<4).map { _ in Tensor<Float>(repeating: 0.5, shape: [3, 5]) }
      var source = try ArraySource(sequences: sequences, targets: .classes([0, 1, 2, 0], count: 3), batchSize: 2)
      let model = try LSTM<Float>(
        LSTMConfiguration(inputSize: 5, hiddenSizes: [4], readout: .init(outputSize: 3, position: .lastStep)), seed: 1)
      let trainer = try Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam())
      var steps = 0
      do {
        try trainer.train(on: &source, updates: 1_000_000) {
          steps = $0.update
          if $0.update == 5 { withUnsafeCurrentTask { $0?.cancel() } }
        }
      } catch is CancellationError {
        return steps
      }
      return -1
    }
    let steps = try await task.value
    print("cancelled after step \(steps)")
    #expect(steps == 5)
  }

  @Test func aBatchInWhichNothingCountsMakesNoUpdate() throws {
    var batch = batch(Double.self, steps: 4, batchSize: 3)
    let trainer = try Trainer(model(Double.self), loss: SoftmaxCrossEntropy(), optimizer: Adam())
    _ = try trainer.step(batch)
    let before = trainer.model.parameters
    batch.mask = Array(repeating: 0, count: 12)
    let report = try trainer.step(batch)
    print("weight 0: step \(report.update), loss \(report.loss)")
    #expect(report.update == 1)
    #expect(trainer.model.parameters == before)
  }

  @Test func afterANumberThatIsNotFiniteTheNextBatchStartsAnew() throws {
    var batch = batch(Float.self, steps: 4, batchSize: 3)
    let trainer = try Trainer(model(Float.self), loss: SoftmaxCrossEntropy(), optimizer: Adam())
    let good = batch
    batch.inputs[0] = .nan
    #expect(throws: GatewiseError.self) { try trainer.step(batch) }
    batch = good
    batch.continuesState = true
    let error = #expect(throws: GatewiseError.self) { try trainer.step(batch) }
    print(error?.description ?? "")
    batch.continuesState = false
    #expect(try trainer.step(batch).loss.isFinite)
  }
}
