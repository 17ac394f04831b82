import Testing

@testable import Gatewise

/// The measures of an evaluation other than the loss, against values computed from the model's outputs.
@Suite struct OutputMeasuresTests {
  /// Two batches of sequences of different lengths with a mask.
  private struct Batches: BatchSource {
    typealias S = Double
    let batches: [SequenceBatch<Double>]
    var position = 0

    func makeBatch() -> SequenceBatch<Double> { batches[0] }
    mutating func next(into batch: inout SequenceBatch<Double>) throws(GatewiseError) -> Bool {
      guard position < batches.count else {
        position = 0
        return false
      }
      batch = batches[position]
      position += 1
      return true
    }
  }

  private func source(classes: Bool, lastStep: Bool = false) -> Batches {
    Batches(
      batches: (0..<2).map { number in
        var stream = RandomStream(seed: UInt64(number), name: "measures")
        var batch = SequenceBatch<Double>(steps: 6, batchSize: 5, inputSize: 3, outputSize: 3)
        let rows = lastStep ? 5 : 30
        batch.inputs = (0..<90).map { _ in stream.normal() }
        if classes {
          batch.classes = (0..<rows).map { _ in Int32(stream.index(below: 4)) }
        } else {
          batch.targets = (0..<3 * rows).map { _ in stream.normal() }
        }
        batch.lengths = [6, 2, 5, 1, 3]
        if !lastStep { batch.mask = (0..<rows).map { $0 % 4 == 0 ? 0 : $0 % 3 == 0 ? 0.5 : 1 } }
        return batch
      })
  }

  private func model(lastStep: Bool = false) throws -> LSTM<Double> {
    try LSTM(
      LSTMConfiguration(
        inputSize: 3, hiddenSizes: [5], readout: .init(outputSize: 3, position: lastStep ? .lastStep : .everyStep)),
      seed: 2)
  }

  @Test("accuracy", arguments: [false, true]) func accuracy(lastStep: Bool) throws {
    // Class 3 is not an output and is ignored.
    let model = try model(lastStep: lastStep)
    let trainer = try Trainer(model, loss: SoftmaxCrossEntropy(ignoredIndex: 3), optimizer: SGD())
    var source = source(classes: true, lastStep: lastStep)
    let found = try trainer.evaluate(model, on: &source)
    var (right, weight, loss) = (0.0, 0.0, 0.0)
    for batch in source.batches {
      let y = try model.forward(batch).output.elements
      for row in batch.classes.indices where batch.classes[row] != 3 {
        if !lastStep, row / 5 >= batch.lengths![row % 5] { continue }
        let outputs = y[3 * row..<3 * row + 3]
        weight += batch.mask?[row] ?? 1
        let logSum = Double.log(outputs.reduce(0) { $0 + Double.exp($1) })
        loss += (batch.mask?[row] ?? 1) * (logSum - outputs[3 * row + Int(batch.classes[row])])
        if outputs.firstIndex(of: outputs.max()!)! - 3 * row == batch.classes[row] { right += batch.mask?[row] ?? 1 }
      }
    }
    print("accuracy \(found.accuracy ?? -1), recomputed \(right / weight)")
    #expect(found.accuracy == right / weight && right > 0 && right < weight)
    print("loss \(found.mean), recomputed \(loss / weight)")
    #expect(abs(found.mean - loss / weight) < 1e-12)
    #expect(found.rootMeanSquareErrors.isEmpty)
    #expect(found == (try trainer.evaluate(on: &source)))
  }

  @Test("errors of values, also in segments", arguments: [nil, 2]) func errors(segment: Int?) throws {
    let model = try model()
    let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: SGD(), rule: .bptt(segment: segment))
    var source = source(classes: false)
    let measures = try trainer.evaluate(model, on: &source).measures
    var (absolute, squares, weight) = ([0.0, 0, 0], [0.0, 0, 0], 0.0)
    for batch in source.batches {
      let y = try model.forward(batch).output.elements
      for row in 0..<30 where row / 5 < batch.lengths![row % 5] {
        weight += batch.mask![row]
        for k in 0..<3 {
          let error = y[3 * row + k] - batch.targets[3 * row + k]
          absolute[k] += batch.mask![row] * abs(error)
          squares[k] += batch.mask![row] * error * error
        }
      }
    }
    let worst = max(
      Agreement.difference(measures.meanAbsoluteErrors, absolute.map { $0 / weight }),
      Agreement.difference(measures.rootMeanSquareErrors, squares.map { ($0 / weight).squareRoot() }))
    print("MAE \(measures.meanAbsoluteErrors), RMSE \(measures.rootMeanSquareErrors): differ by \(worst)")
    #expect(worst < 1e-14 && measures.accuracy == nil)
  }

  @Test("an empty evaluation has no measures") func nothing() {
    let measures = OutputMeasures()
    #expect(measures.accuracy == nil && measures.meanAbsoluteErrors.isEmpty && measures.rootMeanSquareErrors.isEmpty)
  }
}
