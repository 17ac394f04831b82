import Testing

@testable import Gatewise

/// Training with an update after every step by traces: the loss decreases, in memory that does not grow with the
/// stream.
@Suite struct OnlineTrainerTests {
  /// A stream in which the next symbol depends on one some steps earlier.
  private func step(_ t: Int, of period: Int) -> SequenceBatch<Float> {
    var batch = SequenceBatch<Float>(steps: 1, batchSize: 1, inputSize: period, outputSize: period)
    batch.tokens = [Int32(t % 2 == 0 ? 0 : 1 + t / 2 % (period - 1))]
    batch.classes = [Int32((t + 1) % 2 == 0 ? 0 : 1 + (t + 1) / 2 % (period - 1))]
    return batch
  }

  @Test(arguments: LowerLayerPaths.allCases)
  func `a million steps in constant memory`(lowerLayers: LowerLayerPaths) throws {
    let configuration = LSTMConfiguration(inputSize: 4, hiddenSizes: [4, 4], readout: .init(outputSize: 4))
    let trainer = try OnlineTrainer(
      LSTM<Float>(configuration, seed: 1), loss: SoftmaxCrossEntropy(), optimizer: SGD(learningRate: 0.05),
      lowerLayers: lowerLayers, execution: .threads(1))
    let period = (0..<6).map { step($0, of: 4) }
    func run(_ steps: Int) throws -> Double {
      var sum = 0.0
      for t in 0..<steps { sum += try trainer.step(period[t % 6]).loss }
      return sum / Double(steps)
    }
    let before = try run(600)
    let (bytes, after) = try mostBytes { try run(1_000_000) }
    print("\(lowerLayers): loss \(before) at first, \(after) over a million steps, in \(bytes) bytes")
    #expect(bytes == 0)
    #expect(after < before / 5)
  }

  @Test func `the update uses the traces' gradient`() throws {
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [4, 3], readout: .init(outputSize: 2))
    let model = try LSTM<Double>(configuration, seed: 2)
    let trainer = try OnlineTrainer(model, loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.5, momentum: 0))
    var batch = SequenceBatch<Double>(steps: 1, batchSize: 1, inputSize: 3, outputSize: 2)
    (batch.inputs, batch.targets) = ([0.5, -1, 2], [1, -1])
    _ = try trainer.step(batch)
    // The first step has no previous steps: its truncated gradient is that of a window of one step.
    let reference = try Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.5, momentum: 0), rule: .truncatedRTRL())
    _ = try reference.step(batch)
    let difference = Agreement.difference(trainer.model.parameters, reference.model.parameters)
    print("one online step against a window of one step: \(difference)")
    #expect(difference < 1e-14)
  }

  @Test func `a scale of the learning rate scales the update`() throws {
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 3, hiddenSizes: [3]), seed: 4)
    var batch = SequenceBatch<Double>(steps: 1, batchSize: 1, inputSize: 3, outputSize: 3)
    (batch.inputs, batch.targets) = ([0.5, -1, 2], [1, -1, 0])
    func step(rate: Double, scale: Double) throws -> (parameters: [Double], rate: Double) {
      let trainer = try OnlineTrainer(model, loss: MeanSquaredError(), optimizer: SGD(learningRate: rate))
      let report = try trainer.step(batch, learningRateScale: scale)
      return (trainer.model.parameters, report.learningRate)
    }
    let (scaled, plain) = (try step(rate: 0.5, scale: 0.25), try step(rate: 0.125, scale: 1))
    #expect(scaled.parameters == plain.parameters && scaled.rate == 0.125)
    #expect(try step(rate: 0.5, scale: 0).parameters == model.parameters)
  }

  @Test func `a batch of more than one step or of another size is refused`() throws {
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 3, hiddenSizes: [3]), seed: 2)
    let trainer = try OnlineTrainer(model, loss: MeanSquaredError(), optimizer: SGD())
    var batch = SequenceBatch<Double>(steps: 2, batchSize: 1, inputSize: 3, outputSize: 3)
    (batch.inputs, batch.targets) = (Array(repeating: 0, count: 6), Array(repeating: 0, count: 6))
    let error = #expect(throws: GatewiseError.self) { try trainer.step(batch) }
    print(error.map { "\($0)" } ?? "no error")
  }
}
