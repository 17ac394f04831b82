import Testing

@testable import Gatewise

/// What a trainer says to batches without what its loss needs, to sources without batches, and to gradients that are
/// not finite although the loss is. The model stays as it was.
@Suite struct RefusedBatchTests {
  /// A loss of 1 whose slope is `slope`.
  private struct SteepLoss: Loss {
    var slope = Double.infinity

    func evaluate<S: Scalar>(
      _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
    ) -> S {
      for k in outputs.indices { slope[k] = S(self.slope) }
      return 1
    }
  }

  private struct EmptySource: BatchSource {
    func makeBatch() -> SequenceBatch<Float> { SequenceBatch(steps: 2, batchSize: 1, inputSize: 2, outputSize: 2) }
    mutating func next(into batch: inout SequenceBatch<Float>) throws -> Bool { false }
  }

  private func model() throws -> LSTM<Float> {
    try LSTM(LSTMConfiguration(inputSize: 2, hiddenSizes: [3], readout: .init(outputSize: 2)), seed: 1)
  }

  private func batch(steps: Int = 2) -> SequenceBatch<Float> {
    var batch = SequenceBatch<Float>(steps: steps, batchSize: 1, inputSize: 2, outputSize: 2)
    batch.inputs = (0..<2 * steps).map { Float($0) / 4 }
    batch.targets = Array(repeating: 0.5, count: 2 * steps)
    return batch
  }

  private func sentence<Result>(_ part: String, _ body: () throws -> Result) {
    let error = #expect(throws: GatewiseError.self) { _ = try body() }
    print(error.map(String.init(describing:)) ?? "")
    #expect(error?.description.contains(part) == true)
  }

  @Test func `targets that are missing or of another number`() throws {
    var other = batch()
    other.outputSize = 1
    other.targets.removeLast(2)
    let onValues = try Trainer(model(), loss: .meanSquaredError, optimizer: .adam())
    sentence("targets for 1 outputs, but the model has 2") { try onValues.step(other) }
    var none = batch()
    none.targets = []
    sentence("the batch has no targets") { try onValues.step(none) }
    let onClasses = try Trainer(model(), loss: .softmaxCrossEntropy(), optimizer: .adam())
    sentence("the batch has no classes") { try onClasses.step(batch()) }
  }

  @Test func `a source without batches`() throws {
    let trainer = try Trainer(model(), loss: .meanSquaredError, optimizer: .adam())
    var source = EmptySource()
    sentence("no batches to train on") { try trainer.train(on: &source, updates: 1) }
    sentence("no batches to evaluate on") { try trainer.evaluate(on: &source) }
  }

  @Test func `a gradient that is not finite`() throws {
    let trainer = try Trainer(model(), loss: SteepLoss(), optimizer: .adam())
    let before = trainer.model.parameters
    sentence("gradient of update 1 is not finite, although its loss is 1") { try trainer.step(batch()) }
    let accumulating = try Trainer(model(), loss: SteepLoss(), optimizer: .adam(), accumulation: 2)
    sentence("gradient of a batch of update 1 is not finite") { try accumulating.step(batch()) }
    let online = try OnlineTrainer(model(), loss: SteepLoss(), optimizer: .sgd())
    sentence("gradient of update 1 is not finite") { try online.step(batch(steps: 1)) }
    #expect(trainer.model.parameters == before)
    #expect(accumulating.model.parameters == before)
    #expect(online.model.parameters == before)
  }

  /// Each batch's gradient is finite; their weighted sum overflows, and is skipped as a whole.
  @Test func `gradients whose sum is not finite are skipped together`() throws {
    let loss = SteepLoss(slope: Double(Float.greatestFiniteMagnitude) / 8)
    let trainer = try Trainer(
      model(), loss: loss, optimizer: .adam(), skipsBadBatches: true, accumulation: 8)
    let before = trainer.model.parameters
    var heavy = batch()
    heavy.mask = [16, 16]
    let reports = try (0..<8).map { _ in try trainer.step(heavy) }
    let problem = reports.last?.problem
    print(problem ?? "no problem")
    #expect(problem?.contains("gradient of update 1 is not finite") == true)
    #expect(reports.last?.waiting == 0 && trainer.model.parameters == before)
  }

  @Test func `an online step in which nothing counts makes no update`() throws {
    let online = try OnlineTrainer(model(), loss: .meanSquaredError, optimizer: .sgd())
    var batch = batch(steps: 1)
    batch.mask = [0]
    let report = try online.step(batch)
    #expect(report.update == 0 && report.loss == 0 && report.gradientNorm == 0)
  }
}
