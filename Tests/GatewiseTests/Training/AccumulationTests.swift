import Testing

@testable import Gatewise

/// The update by K accumulated batches equals that of one batch with all of their sequences.
@Suite(.serialized) struct AccumulationTests {
  private static let (steps, inputs, outputs) = (7, 3, 4)

  private static func batch<S: Scalar>(_ number: Int, sequences: Int, _: S.Type = S.self) -> SequenceBatch<S> {
    var stream = RandomStream(seed: UInt64(number), name: "accumulation")
    var batch = SequenceBatch<S>(steps: steps, batchSize: sequences, inputSize: inputs, outputSize: outputs)
    batch.inputs = (0..<steps * sequences * inputs).map { _ in stream.normal() }
    batch.classes = (0..<steps * sequences).map { _ in Int32(stream.index(below: outputs)) }
    return batch
  }

  /// Returns one batch with the sequences of several, concatenated in every step.
  private static func joined<S: Scalar>(_ batches: [SequenceBatch<S>]) -> SequenceBatch<S> {
    let N = batches.map(\.batchSize).reduce(0, +)
    var all = SequenceBatch<S>(steps: steps, batchSize: N, inputSize: inputs, outputSize: outputs)
    for t in 0..<steps {
      for batch in batches {
        let rows = t * batch.batchSize..<(t + 1) * batch.batchSize
        all.inputs += batch.inputs[rows.lowerBound * inputs..<rows.upperBound * inputs]
        all.classes += batch.classes[rows]
        if let mask = batch.mask { all.mask = (all.mask ?? []) + mask[rows] }
      }
    }
    if batches[0].lengths != nil { all.lengths = batches.flatMap { $0.lengths! } }
    all.continuesState = batches[0].continuesState
    return all
  }

  private static func trainer<S: Scalar>(
    accumulation: Int, skips: Bool = false, regularization: Regularization = .none, threads: Int = 1
  ) throws -> Trainer<S> {
    let configuration = LSTMConfiguration(
      inputSize: inputs, hiddenSizes: [6, 5], peepholes: true, regularization: regularization,
      learnsInitialState: true, readout: .init(outputSize: outputs))
    return try Trainer(
      LSTM<S>(configuration, seed: 3), loss: SoftmaxCrossEntropy(classWeights: [1, 2, 0.5, 1]),
      optimizer: Adam(learningRate: 0.01), clipping: .norm(0.2), skipsBadBatches: skips, accumulation: accumulation,
      execution: .threads(threads))
  }

  @Test("the update by K batches equals that of one batch with all their sequences", arguments: [2, 3, 5])
  func equivalence(K: Int) throws {
    for (name, isUneven, isMasked) in [("plain", false, false), ("lengths", true, false), ("masks", true, true)] {
      let (parts, whole): (Trainer<Double>, Trainer<Double>) = (
        try Self.trainer(accumulation: K), try Self.trainer(accumulation: 1)
      )
      var (worst, worstReport) = (0.0, 0.0)
      for update in 0..<4 {
        let batches = (0..<K).map { k in
          var batch = Self.batch(10 * update + k, sequences: 2 + k % 3, Double.self)
          if isUneven { batch.lengths = (0..<batch.batchSize).map { ($0 * 3 + k) % (Self.steps + 1) } }
          if isMasked { batch.mask = batch.classes.indices.map { ($0 + k) % 3 == 0 ? 0 : 0.5 } }
          return batch
        }
        let reports = try batches.map { try parts.step($0) }
        let one = try whole.step(Self.joined(batches))
        #expect(reports.map(\.waiting) == Array(1..<K) + [0])
        #expect(reports.map(\.update) == Array(repeating: update, count: K - 1) + [update + 1])
        let last = try #require(reports.last)
        #expect(last.rows == one.rows && last.learningRate == one.learningRate)
        worstReport = max(worstReport, abs(last.loss - one.loss), abs(last.gradientNorm - one.gradientNorm))
        worst = max(
          worst, Agreement.difference(parts.lastGradient, whole.lastGradient),
          Agreement.difference(parts.model.parameters, whole.model.parameters))
      }
      print("\(K) batches, \(name): gradients and parameters differ by \(worst), reports by \(worstReport)")
      #expect(worst < 1e-12 && worstReport < 1e-12)
    }
  }

  @Test("windows with carried state: the gradient equals that of one trainer's windows with constant weights")
  func continues() throws {
    let parts: Trainer<Double> = try Self.trainer(accumulation: 3)
    let model = parts.model
    var (gradient, weight) = ([Double](repeating: 0, count: model.layout.count), 0.0)
    // A trainer whose optimizer changes nothing has the gradient of each window.
    let single = try Trainer(
      model, loss: parts.loss, optimizer: SGD(learningRate: 1e-300, momentum: 0), execution: .threads(1))
    for k in 0..<3 {
      var batch: SequenceBatch<Double> = Self.batch(k, sequences: 2)
      batch.continuesState = k > 0
      batch.lengths = k == 2 ? [3, 5] : nil
      _ = try parts.step(batch)
      _ = try single.step(batch)
      let W = LossTargets.totalWeight(of: batch, parts.loss, model.configuration)
      for j in gradient.indices { gradient[j] += W * single.lastGradient[j] }
      weight += W
    }
    let difference = Agreement.difference(parts.lastGradient, gradient.map { $0 / weight })
    print("three windows with carried state: gradients differ by \(difference)")
    #expect(difference < 1e-14 && parts.update.state.step == 1)
  }

  @Test("only a bad batch or one of weight 0 is skipped, and it is one of the K")
  func leftOut() throws {
    for position in 0..<3 {
      let (parts, whole): (Trainer<Double>, Trainer<Double>) = (
        try Self.trainer(accumulation: 3, skips: true), try Self.trainer(accumulation: 1)
      )
      var batches = (0..<3).map { Self.batch($0, sequences: 2, Double.self) }
      let counted = batches.indices.filter { $0 != position }.map { batches[$0] }
      if position == 1 { batches[1].mask = Array(repeating: 0, count: 14) } else { batches[position].inputs[4] = .nan }
      let reports = try batches.map { try parts.step($0) }
      _ = try whole.step(Self.joined(counted))
      let difference = Agreement.difference(parts.model.parameters, whole.model.parameters)
      print("without batch \(position): parameters differ by \(difference)")
      #expect(difference < 1e-12 && reports.map(\.update) == [0, 0, 1])
      #expect((reports[position].problem != nil) == (position != 1))
    }
    let none: Trainer<Double> = try Self.trainer(accumulation: 2)
    var empty: SequenceBatch<Double> = Self.batch(1, sequences: 2)
    empty.mask = Array(repeating: 0, count: 14)
    let before = none.model.parameters
    #expect(try [none.step(empty), none.step(empty)].map(\.waiting) == [1, 0])
    #expect(none.model.parameters == before && none.update.state.step == 0)
  }

  @Test("an error keeps the accumulated batches")
  func errors() throws {
    let (trainer, plain): (Trainer<Double>, Trainer<Double>) = (
      try Self.trainer(accumulation: 2), try Self.trainer(accumulation: 2)
    )
    let good = (0..<2).map { Self.batch($0, sequences: 2, Double.self) }
    var bad = good[1]
    bad.inputs[0] = .nan
    _ = try trainer.step(good[0])
    #expect(throws: GatewiseError.self) { try trainer.step(bad) }
    _ = try trainer.step(good[1])
    for batch in good { _ = try plain.step(batch) }
    #expect(trainer.model.parameters == plain.model.parameters)
    let error = #expect(throws: GatewiseError.self) { try Self.trainer(accumulation: 0) as Trainer<Float> }
    #expect(error?.description.contains("at least 1") == true)
  }

  @Test("dropout masks differ from batch to batch, and are the same in each run")
  func masks() throws {
    let dropout = Regularization(inputs: 0.4, recurrent: 0.3)
    let trainers = try (0..<2).map { _ in try Self.trainer(accumulation: 2, regularization: dropout) as Trainer<Double>
    }
    let batch: SequenceBatch<Double> = Self.batch(1, sequences: 2)
    let first = try trainers.map { try $0.step(batch).loss }
    // The last report covers both batches.
    let second = try trainers.map { try 2 * $0.step(batch).loss - first[0] }
    print("the losses of one batch under two masks: \(first[0]) and \(second[0])")
    #expect(first[0] == first[1] && second[0] == second[1] && abs(first[0] - second[0]) > 1e-6)
  }

  @Test("a trainer restored between updates has the bits of one that never stopped")
  func goesOn() throws {
    let (whole, first, second): (Trainer<Float>, Trainer<Float>, Trainer<Float>) = (
      try Self.trainer(accumulation: 2, regularization: Regularization(inputs: 0.2)),
      try Self.trainer(accumulation: 2, regularization: Regularization(inputs: 0.2)),
      try Self.trainer(accumulation: 2, regularization: Regularization(inputs: 0.2))
    )
    let batches = (0..<8).map { number in
      var batch: SequenceBatch<Float> = Self.batch(number, sequences: 3)
      batch.continuesState = number % 3 != 0
      return batch
    }
    for batch in batches { _ = try whole.step(batch) }
    for batch in batches[..<4] { _ = try first.step(batch) }
    // The accumulated batches are discarded.
    _ = try second.step(batches[0])
    try second.restore(first.state)
    for batch in batches[4...] { _ = try second.step(batch) }
    let areSame = Agreement.sameBits(second.model.parameters, whole.model.parameters)
    #expect(areSame)
  }

  @Test("a batch allocates nothing", arguments: [1, 2, 4])
  func allocations(threads: Int) throws {
    let trainer: Trainer<Float> = try Self.trainer(accumulation: 3, threads: threads)
    let batch: SequenceBatch<Float> = Self.batch(1, sequences: 40)
    let allocations = allocationCount { for _ in 0..<12 { _ = try! trainer.step(batch) } }
    print("12 batches in 4 updates on \(threads) threads made \(allocations) allocations")
    #expect(allocations == 0)
  }

  @Test("the number of threads changes no bit")
  func threads() throws {
    let trained = try [1, 2, 3].map { threads in
      let trainer: Trainer<Float> = try Self.trainer(accumulation: 3, threads: threads)
      for number in 0..<6 { _ = try trainer.step(Self.batch(number, sequences: 40)) }
      return trainer.model.parameters.map(\.bitPattern)
    }
    let areSame = trained[1] == trained[0] && trained[2] == trained[0]
    #expect(areSame)
  }

  @Test("training counts updates, not batches")
  func train() throws {
    let sequences = (0..<6).map { Tensor<Double>(repeating: Double($0), shape: [4, Self.inputs]) }
    let targets = try ArraySource(
      sequences: sequences, targets: .classes([0, 1, 2, 3, 0, 1], count: 4), batchSize: 2, shuffles: false)
    var source = targets
    let configuration = LSTMConfiguration(
      inputSize: Self.inputs, hiddenSizes: [4], readout: .init(outputSize: 4, position: .lastStep))
    let trainer = try Trainer(
      LSTM<Double>(configuration, seed: 1), loss: SoftmaxCrossEntropy(), optimizer: Adam(), accumulation: 3)
    var steps: [Int] = []
    try trainer.train(on: &source, updates: 3) {
      steps.append($0.update)
      #expect($0.rows == 24)
    }
    #expect(steps == [1, 2, 3])
  }
}
