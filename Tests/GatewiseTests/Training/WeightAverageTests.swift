import Testing

@testable import Gatewise

/// The average of the weights: its definition, its bits after a restart, and its cost.
@Suite(.serialized) struct WeightAverageTests {
  private static func batch<S: Scalar>(_ number: Int, _: S.Type = S.self) -> SequenceBatch<S> {
    var stream = RandomStream(seed: UInt64(number), name: "average")
    var batch = SequenceBatch<S>(steps: 4, batchSize: 3, inputSize: 2, outputSize: 2)
    batch.inputs = (0..<24).map { _ in stream.normal() }
    batch.targets = (0..<24).map { _ in stream.normal() }
    batch.continuesState = number % 3 != 0
    return batch
  }

  private static func trainer<S: Scalar>(_: S.Type = S.self) throws -> Trainer<S> {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3], readout: .init(outputSize: 2))
    return try Trainer(LSTM<S>(configuration, seed: 5), loss: MeanSquaredError(), optimizer: Adam(learningRate: 0.05))
  }

  @Test("equals the weighted mean of its definition", arguments: [0, 0.5, 0.9, 0.999])
  func definition(decay: Double) throws {
    let trainer: Trainer<Double> = try Self.trainer()
    var average = try WeightAverage<Double>(decay: decay, parameterCount: trainer.model.layout.count)
    #expect(average.model(of: trainer.model).parameters == trainer.model.parameters)
    var (history, worst): ([[Double]], Double) = ([], 0)
    for number in 0..<40 {
      _ = try trainer.step(Self.batch(number))
      average.add(trainer.model.parameters)
      history.append(trainer.model.parameters)
      // From the newest backwards, with weights that decrease by the decay.
      var (sums, share, total) = ([Double](repeating: 0, count: average.parameters.count), 1.0, 0.0)
      for parameters in history.reversed() {
        for j in sums.indices { sums[j] += share * parameters[j] }
        (share, total) = (share * decay, total + share)
      }
      worst = max(worst, Agreement.difference(average.parameters, sums.map { $0 / total }))
    }
    let model = average.model(of: trainer.model)
    let moved = Agreement.difference(model.parameters, trainer.model.parameters)
    print("decay \(decay): differs by \(worst) from the definition, by \(moved) from the last parameters")
    #expect(worst < 1e-13 && (moved == 0) == (decay == 0) && average.updates == 40)
  }

  @Test("resumes from a checkpoint with the same bits; a checkpoint without an average has none")
  func checkpoints() throws {
    let folder = try TemporaryFolder()
    let whole: Trainer<Float> = try Self.trainer()
    var expected = try WeightAverage<Float>(decay: 0.9, parameterCount: whole.model.layout.count)
    for number in 0..<9 {
      _ = try whole.step(Self.batch(number))
      expected.add(whole.model.parameters)
    }
    for stop in [0, 1, 5] {
      let first: Trainer<Float> = try Self.trainer()
      var average = try WeightAverage<Float>(decay: 0.9, parameterCount: whole.model.layout.count)
      for number in 0..<stop {
        _ = try first.step(Self.batch(number))
        average.add(first.model.parameters)
      }
      var state = first.state
      #expect(state.average == nil)
      state.average = average
      try TrainingCheckpoint(state).write(to: folder.file("checkpoint"))
      let saved = try TrainingCheckpoint<Float>(contentsOf: folder.file("checkpoint")).state
      #expect(saved.average == average)
      let second: Trainer<Float> = try Self.trainer()
      try second.restore(saved)
      var resumed = try #require(saved.average)
      for number in stop..<9 {
        _ = try second.step(Self.batch(number))
        resumed.add(second.model.parameters)
      }
      let areSame = Agreement.sameBits(resumed.parameters, expected.parameters)
      #expect(areSame && resumed == expected, "stopped at \(stop)")
      // The model of a checkpoint is the trained one, not the average.
      #expect(try LSTM<Float>(contentsOf: folder.file("checkpoint")).parameters == first.model.parameters)
    }
    try TrainingCheckpoint(whole.state).write(to: folder.file("plain"))
    #expect(try TrainingCheckpoint<Float>(contentsOf: folder.file("plain")).state.average == nil)
  }

  @Test("is evaluated instead of the model, which does not change")
  func evaluation() throws {
    let configuration = LSTMConfiguration(
      inputSize: 2, hiddenSizes: [4, 3], readout: .init(outputSize: 2, position: .lastStep))
    let trainer = try Trainer(LSTM<Double>(configuration, seed: 5), loss: MeanSquaredError(), optimizer: Adam())
    var average = try WeightAverage<Double>(decay: 0.8, parameterCount: trainer.model.layout.count)
    let inputs = (0..<4).map { n in Tensor<Double>(repeating: Double(n) - 1.5, shape: [5, 2]) }
    let values = (0..<4).map { n in [Double(n % 2), 0.5] }
    var source = try ArraySource(sequences: inputs, targets: .values(values), batchSize: 2, shuffles: false)
    try trainer.train(on: &source, updates: 6) { _ in average.add(trainer.model.parameters) }
    let before = trainer.model.parameters
    let model = average.model(of: trainer.model)
    let found = try trainer.evaluate(model, on: &source)
    let fresh = try Trainer(model, loss: MeanSquaredError(), optimizer: SGD()).evaluate(on: &source)
    print("the average's loss \(found.mean), the model's \(try trainer.evaluate(on: &source).mean)")
    #expect(found == fresh && trainer.model.parameters == before)
    let other = try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [2]), seed: 1)
    #expect(throws: GatewiseError.self) { try trainer.evaluate(other, on: &source) }
  }

  @Test("allocates nothing, and the number of threads changes no bit", arguments: [1, 3])
  func steady(threads: Int) throws {
    let execution = try Execution.threads(threads)
    let parameters = (0..<100_003).map { Float($0).squareRoot() }
    var (plain, shared) = (
      try WeightAverage<Float>(decay: 0.99, parameterCount: parameters.count),
      try WeightAverage<Float>(decay: 0.99, parameterCount: parameters.count)
    )
    shared.add(parameters, team: execution.team)
    plain.add(parameters)
    let areSame = plain == shared
    let allocations = allocationCount { for _ in 0..<10 { shared.add(parameters, team: execution.team) } }
    print("10 updates of an average on \(threads) threads made \(allocations) allocations")
    #expect(areSame && allocations == 0)
  }

  @Test("a decay out of bounds is refused", arguments: [-0.1, 1, 2, .nan])
  func bounds(decay: Double) {
    let error = #expect(throws: GatewiseError.self) { try WeightAverage<Float>(decay: decay, parameterCount: 1) }
    print(error?.description ?? "")
  }
}
