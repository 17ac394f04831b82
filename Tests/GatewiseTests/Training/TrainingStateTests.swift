import Foundation
import Testing

@testable import Gatewise

/// A trainer that is restored from another trainer's state through a file.
@Suite struct TrainingStateTests {
  /// Windows of streams that carry their state over, with a restart at every fourth.
  private static func batch<S: Scalar>(_ number: Int, _: S.Type = S.self) -> SequenceBatch<S> {
    var stream = RandomStream(seed: UInt64(number), name: "batch")
    var batch = SequenceBatch<S>(steps: 5, batchSize: 3, inputSize: 2, outputSize: 2)
    batch.inputs = (0..<30).map { _ in stream.normal() }
    batch.targets = (0..<30).map { _ in stream.normal() }
    batch.continuesState = number % 4 != 0
    return batch
  }

  private static func trainer<S: Scalar>(
    _ optimizer: any Optimizer, _ configuration: LSTMConfiguration, skips: Bool = false
  ) throws -> Trainer<S> {
    try Trainer(
      LSTM<S>(configuration, seed: 5), loss: MeanSquaredError(), optimizer: optimizer,
      schedule: .exponential(factor: 0.99), clipping: .norm(1), skipsBadBatches: skips, seed: 8)
  }

  private static var configurations: [LSTMConfiguration] {
    let readout = LSTMConfiguration.Readout(outputSize: 2, position: .everyStep)
    return [
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3], peepholes: true, readout: readout),
      LSTMConfiguration(
        inputSize: 2, hiddenSizes: [4], regularization: Regularization(inputs: 0.2, recurrent: 0.2, zoneoutCell: 0.1),
        learnsInitialState: true, readout: readout),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .lstm1997(cellsPerBlock: 2), readout: readout),
    ]
  }

  private func goOn<S: Scalar>(_: S.Type) throws {
    let folder = try TemporaryFolder()
    for configuration in Self.configurations {
      for optimizer in [SGD(learningRate: 0.1, momentum: 0.9), RMSprop(), Adam(), AdamW()] as [any Optimizer] {
        let whole: Trainer<S> = try Self.trainer(optimizer, configuration)
        var expected: [[S]] = []
        for number in 0..<12 {
          _ = try whole.step(Self.batch(number))
          expected.append(whole.model.parameters)
        }
        for stop in [1, 2, 4, 7, 11] {
          let first: Trainer<S> = try Self.trainer(optimizer, configuration)
          for number in 0..<stop { _ = try first.step(Self.batch(number)) }
          let path = folder.file("\(stop)")
          try TrainingCheckpoint(first.state, notes: ["number": "\(stop)"], extras: ["a": "b"]).write(to: path)
          let saved = try TrainingCheckpoint<S>(contentsOf: path)
          #expect(saved.notes == ["number": "\(stop)"] && saved.extras == ["a": "b"])
          #expect(saved.state.carried == first.state.carried && saved.state.optimizer == first.state.optimizer)
          let second: Trainer<S> = try Self.trainer(optimizer, configuration)
          try second.restore(saved.state)
          for number in stop..<12 {
            _ = try second.step(Self.batch(number))
            #expect(Agreement.sameBits(second.model.parameters, expected[number]), "update \(number) after \(stop)")
          }
          // A checkpoint is also a model file.
          #expect(try LSTM<S>(contentsOf: path).parameters == first.model.parameters)
        }
      }
    }
  }

  @Test func `every update after a restart has the bits of a trainer that never stopped`() throws {
    try goOn(Float.self)
    try goOn(Double.self)
  }

  @Test func `a different model, optimizer or number type is refused without changes`() throws {
    let folder = try TemporaryFolder()
    let trainer: Trainer<Float> = try Self.trainer(Adam(), Self.configurations[0])
    _ = try trainer.step(Self.batch(0))
    let before = trainer.state
    for other in [
      try Self.trainer(SGD(learningRate: 0.1, momentum: 0.9), Self.configurations[0]) as Trainer<Float>,
      try Self.trainer(Adam(), Self.configurations[1]),
    ] {
      _ = try other.step(Self.batch(0))
      #expect(throws: GatewiseError.self) { try trainer.restore(other.state) }
      #expect(trainer.state.model.parameters == before.model.parameters && trainer.state.optimizer == before.optimizer)
    }
    try TrainingCheckpoint(before).write(to: folder.file("a"))
    let error = #expect(throws: GatewiseError.self) { try TrainingCheckpoint<Double>(contentsOf: folder.file("a")) }
    #expect(error?.description.contains("F32") == true)
    try trainer.model.write(to: folder.file("model"))
    let noCheckpoint = #expect(throws: GatewiseError.self) {
      try TrainingCheckpoint<Float>(contentsOf: folder.file("model"))
    }
    #expect(noCheckpoint?.description.contains("is not a checkpoint") == true)
  }

  @Test(arguments: [0, 1, 2]) func `a skipped bad batch has no effect`(_ position: Int) throws {
    // At the start of streams, and within them.
    let trainer: Trainer<Double> = try Self.trainer(Adam(), Self.configurations[0], skips: true)
    let plain: Trainer<Double> = try Self.trainer(Adam(), Self.configurations[0])
    for number in 0..<6 {
      if number == position {
        var bad: SequenceBatch<Double> = Self.batch(number)
        bad.inputs[7] = .nan
        let report = try trainer.step(bad)
        #expect(report.problem?.contains("the input at step 1 of sequence 0 is not finite") == true, "\(report)")
        #expect(report.update == number)
      }
      // The stream continues from before the bad batch; one that starts with a bad batch starts again.
      #expect(try trainer.step(Self.batch(number)) == plain.step(Self.batch(number)))
      #expect(trainer.model.parameters == plain.model.parameters)
    }
    #expect(throws: GatewiseError.self) {
      var bad: SequenceBatch<Double> = Self.batch(6)
      bad.inputs[7] = .nan
      _ = try plain.step(bad)
    }
  }
}
