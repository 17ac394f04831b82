import Testing

@testable import Gatewise

/// A group of one process whose sums can be interrupted and which then writes to their memory at a later time, as a
/// network may.
private final class LateGroup: ProcessGroup {
  let (rank, count, overlaps) = (0, 1, true)
  var breaks = false
  private var open: [() -> Void] = []
  private var late: [() -> Void] = []
  private(set) var lateWrites = 0

  func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>) {
    for write in late { write() }
    open.append { [self] in
      numbers.update(repeating: S.nan)
      lateWrites += numbers.count
    }
  }

  func finishSums() throws {
    defer { open = [] }
    // The sum over one process is the number itself.
    guard breaks, open.count > 1 else { return }
    late = open
    throw ProcessGroupInterruption.stopped
  }
}

@Suite struct BrokenSumTests {
  private static func batch(_ update: Int) -> SequenceBatch<Double> {
    var stream = RandomStream(seed: UInt64(update), name: "late")
    var batch = SequenceBatch<Double>(steps: 5, batchSize: 3, inputSize: 2, outputSize: 2)
    batch.inputs = (0..<30).map { _ in stream.normal() }
    batch.targets = (0..<30).map { _ in stream.normal() }
    return batch
  }

  private static func trainer(_ group: (any ProcessGroup)?) throws -> Trainer<Double> {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3], readout: .init(outputSize: 2))
    return try Trainer(
      LSTM<Double>(configuration, seed: 1), loss: MeanSquaredError(), optimizer: Adam(learningRate: 0.01),
      processes: group,
      execution: .threads(1))
  }

  @Test func `an interrupted sum does not write to later gradients`() throws {
    let group = LateGroup()
    let (alone, trainer) = (try Self.trainer(nil), try Self.trainer(group))
    for update in [0, 2, 3] { _ = try alone.step(Self.batch(update)) }
    _ = try trainer.step(Self.batch(0))
    group.breaks = true
    #expect(throws: ProcessGroupInterruption.stopped) { try trainer.step(Self.batch(1)) }
    group.breaks = false
    for update in [2, 3] { _ = try trainer.step(Self.batch(update)) }
    print("\(group.lateWrites) numbers written late, \(trainer.model.layout.count) parameters")
    #expect(group.lateWrites > trainer.model.layout.count)
    #expect(trainer.model.parameters == alone.model.parameters)
  }
}
