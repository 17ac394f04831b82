import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

/// Training on tables: a model learns from them and is better than a baseline on the held-out part.
@Suite("Training on tables") struct TrainingTests {
  @Test("a forecaster of the airline passengers is far better than persistence", arguments: [1, 2] as [UInt64])
  func airline(seed: UInt64) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
    let table = try Table(path: root.appendingPathComponent("Examples/airline-passengers.csv").standardized.path)
    let data = try ForecastData(table: table, targets: ["passengers"])
    var training: WindowSource<Float> = try data.trainingSource(batchSize: 16, window: 24, seed: seed)
    var validation = try #require(data.validationSource(Float.self, window: 24))
    let encoding = data.series.encoding
    let model = try LSTM<Float>(
      LSTMConfiguration(
        inputSize: encoding.inputSize, hiddenSizes: [32], readout: .init(outputSize: encoding.outputSize)), seed: seed)
    let trainer = try Trainer(
      model, loss: MeanSquaredError(), optimizer: Adam(learningRate: 0.003), clipping: .norm(1))
    let before = try trainer.evaluate(on: &validation).mean
    try trainer.train(on: &training, updates: 400)
    let evaluation = try trainer.evaluate(trainer.model, on: &validation)
    let after = evaluation.mean
    let error = evaluation.measures.rootMeanSquareErrors.map { encoding.error(of: $0, target: 0) }
    print(
      "seed \(seed): validation loss \(before) → \(after); held-out error \(error[0]) passengers,",
      "persistence \(data.persistenceError[0])")
    #expect(abs(data.persistenceError[0] - 52.5) < 0.1)
    #expect(error[0] < 0.75 * data.persistenceError[0])
    #expect(after < before)
  }

  @Test("a classifier distinguishes rising and falling held-out sequences")
  func classes() throws {
    var stream = RandomStream(seed: 3)
    var text = "id,x,kind\n"
    for n in 0..<60 {
      let slope = n % 2 == 0 ? 0.3 : -0.3
      let start = stream.uniform(in: -3.0...3.0)
      for t in 0..<(8 + n % 5) {
        text += "\(n),\(start + slope * Double(t) + 0.3 * (stream.normal() as Double)),\(n % 2 == 0 ? "up" : "down")\n"
      }
    }
    let folder = try TemporaryFolder()
    let table = try Table(path: folder.file("t.csv", text))
    let data = try ClassificationData(table: table, sequenceColumn: "id", labelColumn: "kind", seed: 1)
    var training: ArraySource<Float> = try data.trainingSource(batchSize: 8, seed: 1)
    let encoding = data.encoding
    let model = try LSTM<Float>(
      LSTMConfiguration(
        inputSize: encoding.inputSize, hiddenSizes: [16],
        readout: .init(outputSize: encoding.outputSize, position: .lastStep)), seed: 1)
    let trainer = try Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(learningRate: 0.01))
    try trainer.train(on: &training, updates: 300)
    let sequences = try SequenceTable(table: table, encoding: encoding)
    let (input, lengths) = try sequences.input(Float.self, encoding: encoding)
    let csv = try sequences.csv(
      of: trainer.model.forward(input, lengths: lengths).output, encoding: encoding)
    let lines = csv.split(separator: "\n").dropFirst()
    let right = data.validation.count { n in
      lines[lines.startIndex + n].split(separator: ",")[1] == (n % 2 == 0 ? "up" : "down")
    }
    print("\(right) of \(data.validation.count) held-out sequences correct; majority \(data.majorityAccuracy!)")
    #expect(right >= data.validation.count - 1)
  }
}
