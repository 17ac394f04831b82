import Testing

@testable import Gatewise

/// Training by BPTT in segments: the losses and updates equal those of the whole window, in memory that grows with √T.
@Suite(.serialized) struct SegmentTrainingTests {
  /// The features of a batch and of its readout.
  struct Case: Sendable, CustomStringConvertible {
    var lengths: [Int]?
    var isToken = false
    var isMasked = false
    var position = LSTMConfiguration.Readout.Position.everyStep
    var continues = false
    var values = false

    var description: String {
      "lengths \(lengths?.description ?? "equal"), tokens \(isToken), mask \(isMasked), \(position), "
        + "continues \(continues), values \(values)"
    }

    var configuration: LSTMConfiguration {
      LSTMConfiguration(
        inputSize: 4, hiddenSizes: [7, 5], peepholes: true, learnsInitialState: true,
        readout: .init(outputSize: 3, position: position))
    }

    var loss: any Loss { values ? MeanSquaredError() : SoftmaxCrossEntropy(classWeights: [0.5, 1, 3]) }

    /// Makes a batch of 11 steps of 6 sequences, with NaN in the padding of the input.
    func batch<S: Scalar>(_ type: S.Type, seed: UInt64 = 1) -> SequenceBatch<S> {
      let (T, N, I, K) = (11, 6, 4, 3)
      var batch = SequenceBatch<S>(steps: T, batchSize: N, inputSize: I, outputSize: K)
      var random = RandomStream(seed: seed)
      batch.lengths = lengths
      let targetRows = position == .lastStep ? N : T * N
      if values {
        batch.targets = (0..<targetRows * K).map { _ in random.normal() }
      } else {
        batch.classes = (0..<targetRows).map { _ in Int32(random.index(below: K)) }
      }
      if isMasked { batch.mask = (0..<targetRows).map { S($0 % 3) / 2 } }
      if isToken {
        batch.tokens = (0..<T * N).map { _ in Int32(random.index(below: I)) }
      } else {
        batch.inputs = (0..<T * N * I).map { _ in random.normal() }
        for row in 0..<T * N where lengths.map({ row / N >= $0[row % N] }) ?? false {
          for index in row * I..<(row + 1) * I { batch.inputs[index] = .nan }
        }
      }
      return batch
    }
  }

  static let ragged = [11, 0, 4, 9, 1, 6]
  static let cases = [
    Case(), Case(values: true), Case(lengths: ragged), Case(lengths: ragged, isToken: true, isMasked: true),
    Case(isMasked: true, position: .lastStep), Case(lengths: ragged, position: .lastStep, values: true),
    Case(continues: true), Case(lengths: ragged, isToken: true, continues: true),
    Case(lengths: [5, 0, 4, 3, 1, 5], isMasked: true, position: .lastStep, continues: true),
  ]

  private func trained<S: Scalar>(
    _ type: S.Type, _ test: Case, segment: Int?, threads: Int = 2, updates: Int = 4
  ) throws -> (losses: [Double], parameters: [S]) {
    let trainer = try Trainer(
      LSTM<S>(test.configuration, seed: 3), loss: test.loss, optimizer: SGD(learningRate: 0.1, momentum: 0.9),
      rule: .bptt(segment: segment), execution: .threads(threads))
    let losses = try (0..<updates).map { update in
      var batch = test.batch(S.self, seed: UInt64(update))
      batch.continuesState = test.continues && update > 0
      return try trainer.step(batch).loss
    }
    return (losses, trainer.model.parameters)
  }

  @Test(arguments: cases) func trainsAsTheWholeWindowDoes(_ test: Case) throws {
    let whole = try trained(Double.self, test, segment: nil)
    var (worst, otherLosses) = (WorstDifference(), 0)
    for k in [1, 2, 3, 7, 10, 11, 12] {
      let parts = try trained(Double.self, test, segment: k)
      let difference = Agreement.difference(parts.parameters, whole.parameters)
      #expect(difference <= 1e-12, "k \(k)")
      worst.note(difference, "k \(k)")
      // The first loss is before any update.
      if parts.losses[0] != whole.losses[0] { otherLosses += 1 }
      for (a, b) in zip(parts.losses, whole.losses) { #expect(abs(a - b) <= 1e-12 * b, "k \(k)") }
      if k >= 11 { #expect(Agreement.sameBits(parts.parameters, whole.parameters), "k \(k)") }
    }
    print(
      "4 updates in segments, \(test): \(worst.difference) (\(worst.place)), first losses that differ: \(otherLosses)")
    #expect(otherLosses == 0)
  }

  @Test(arguments: cases) func theNumberOfThreadsChangesNoBitAndNothingIsAllocated(_ test: Case) throws {
    let one = try trained(Float.self, test, segment: 3, threads: 1)
    for threads in 2...4 {
      let more = try trained(Float.self, test, segment: 3, threads: threads)
      #expect(Agreement.sameBits(more.parameters, one.parameters) && more.losses == one.losses)
    }
    let trainer = try Trainer(
      LSTM<Float>(test.configuration, seed: 3), loss: test.loss, optimizer: Adam(), rule: .bptt(segment: 3),
      execution: .threads(1))
    var batch = test.batch(Float.self)
    let allocations = allocationCount {
      for step in 0..<3 {
        batch.continuesState = test.continues && step > 0
        _ = try! trainer.step(batch)
      }
    }
    #expect(allocations == 0)
  }

  @Test func windowsOfAnyLengthInTheSameMemory() throws {
    // A shorter window must not use the states of a previous longer one; a longer window needs more memory.
    let lengths = [[5, 5, 5, 5, 5, 5], Self.ragged, [2, 1, 0, 2, 2, 1], Self.ragged].map { Case(lengths: $0) }
    func losses(_ segment: Int?) throws -> [Double] {
      let trainer = try Trainer(
        LSTM<Double>(Case().configuration, seed: 3), loss: Case().loss, optimizer: SGD(learningRate: 0.1),
        rule: .bptt(segment: segment))
      return try lengths.enumerated().map { number, test in
        var batch = test.batch(Double.self, seed: UInt64(number))
        if number == 0 {
          batch.steps = 5
          batch.resizeArrays()
        }
        batch.continuesState = number > 0
        return try trainer.step(batch).loss
      }
    }
    let whole = try losses(nil)
    for k in [1, 2, 3, 4] {
      let parts = try losses(k)
      #expect(zip(parts, whole).allSatisfy { abs($0 - $1) <= 1e-12 * $1 }, "k \(k): \(parts), \(whole)")
    }
  }

  @Test func anEvaluationIsTheSame() throws {
    let sequences = (0..<5).map { Tensor<Float>(repeating: Float($0) / 5, shape: [3 + 2 * $0, 4]) }
    func loss(_ segment: Int?) throws -> Evaluation {
      var source = try ArraySource(
        sequences: sequences, targets: .classes([0, 1, 2, 0, 1], count: 3), batchSize: 2, shuffles: false)
      let trainer = try Trainer(
        LSTM<Float>(Case(position: .lastStep).configuration, seed: 1), loss: SoftmaxCrossEntropy(), optimizer: SGD(),
        rule: .bptt(segment: segment))
      return try trainer.evaluate(on: &source)
    }
    for k in [1, 4, 20] { #expect(try loss(k) == loss(nil)) }
  }

  @Test(arguments: [1, 2, 3, 7, 20]) func theFirstNumberThatIsNotFiniteIsFound(segment: Int) throws {
    func sentence(_ change: (inout LSTM<Float>, inout SequenceBatch<Float>) -> Void) throws -> String {
      var model = try LSTM<Float>(Case().configuration, seed: 3)
      var batch = Case(lengths: Self.ragged).batch(Float.self)
      change(&model, &batch)
      let trainer = try Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(), rule: .bptt(segment: segment))
      let error = #expect(throws: GatewiseError.self) { try trainer.step(batch) }
      #expect(Agreement.sameBits(trainer.model.parameters, model.parameters))
      batch.continuesState = true
      #expect(throws: GatewiseError.self) { try trainer.step(batch) }
      return error?.description ?? ""
    }
    let input = try sentence { $1.inputs[(5 * 6 + 3) * 4] = .nan }
    #expect(input.contains("the input at step 5 of sequence 3 is not finite"), "\(input)")
    // The candidate of a unit is -1 for any input above 0, and NaN for the only input of 0.
    let gate = try sentence { model, batch in
      for row in 0..<66 { batch.inputs[row * 4 + 1] = row == 8 * 6 ? 0 : 1 }
      model.parameters[model.layout["weight_ih_l0"]!.offset + 28 + 14 + 2] = -.infinity
    }
    #expect(
      gate.contains("the first non-finite value is at step 8 of sequence 0, in the candidate of layer 0"), "\(gate)")
    let readout = try sentence { model, _ in model.parameters[model.layout["head.bias"]!.offset] = .nan }
    #expect(readout.contains("the first non-finite value is in the readout"), "\(readout)")
  }

  /// Returns the peak number of bytes of a trainer in its first two updates, with T steps of N 8 sequences, I 1, K 1
  /// and one layer of H 32.
  private func trainedBytes(T: Int, segment: Int) throws -> (bytes: Int, result: Double) {
    let (N, H) = (8, 32)
    var batch = SequenceBatch<Float>(steps: T, batchSize: N, inputSize: 1, outputSize: 1)
    var random = RandomStream(seed: 1)
    batch.inputs = (0..<T * N).map { _ in random.normal() }
    batch.targets = batch.inputs
    let model = try LSTM<Float>(
      LSTMConfiguration(inputSize: 1, hiddenSizes: [H], readout: .init(outputSize: 1)), seed: 1)
    let execution = try Execution.threads(2)
    return try mostBytes {
      let trainer = try Trainer(
        model, loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.1), rule: .bptt(segment: segment),
        execution: execution)
      _ = try trainer.step(batch)
      return try trainer.step(batch).loss
    }
  }

  @Test(.timeLimit(.minutes(5))) func aHundredThousandStepsInBoundedMemory() throws {
    let (N, H, P) = (8, 32, 4 * 32 * (1 + 32 + 1) + 33)
    // Elements have 4 bytes: a row of a segment has x, gates, c and h, the error of h, the output, its error and loss,
    // a token, and its position (8 bytes); a state has h and c. The rest does not grow with T: less than 10 vectors of
    // P, 16 states, and scratch memory for 256 rows of deltas.
    func bound(T: Int, segment: Int) -> Int {
      let rows = 4 * segment * N * (1 + 6 * H + H + 3 + 1 + 2)
      let states = 4 * (T / segment + 2) * N * 2 * H
      return rows + states + 4 * (10 * P + 16 * N * H + 256 * 4 * H)
    }
    let long = try trainedBytes(T: 100_000, segment: 316)
    let quarter = try trainedBytes(T: 25_000, segment: 158)
    print(
      "T 100000 in segments of 316: \(long.bytes) bytes of at most \(bound(T: 100_000, segment: 316)), "
        + "loss \(long.result); T 25000 in segments of 158: \(quarter.bytes)")
    #expect(long.result.isFinite)
    #expect(long.bytes <= bound(T: 100_000, segment: 316))
    #expect(quarter.bytes <= bound(T: 25_000, segment: 158))
    // The whole window would take about 236 bytes · T · N.
    #expect(long.bytes < 100_000 * N * 4 * 7 * H / 100)
    #expect(Double(long.bytes) < 2.2 * Double(quarter.bytes))
  }
}
