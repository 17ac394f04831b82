import Foundation
import Testing

@testable import Gatewise
@testable import GatewiseRuns

/// Checkpoints on a failing disk.
@Suite struct CheckpointFaultTests {
  private let scratch: TemporaryFolder
  private let settings: RunSettings

  init() throws {
    scratch = try TemporaryFolder()
    let path = try scratch.file("text", String(repeating: "some text to learn from\n", count: 200))
    let data = RunData.text(try TextData(paths: [path]))
    settings = RunSettings(
      try TrainingPlan(TrainingOptions(), for: data, dataType: .float64), data: data, dataType: .float64)
  }

  /// Returns a record of a run with only its position.
  private func notes(step: Int) -> [String: String] {
    var record = RunRecord(
      settings: settings, totalSteps: 100_000, log: TrainingLog(title: "", unit: .bitsPerCharacter, steps: 10))
    record.step = step
    return record.notes
  }

  @Test func `the newest intact checkpoint is found after any fault`() throws {
    let folder = CheckpointFolder(path: scratch.path + "/checkpoints")
    try CheckpointFolder.create(folder.path)
    var stream = RandomStream(seed: 11, name: "faults")
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    var last: Int?
    var (failures, crashes) = (0, 0)
    for step in 1...1000 {
      let fault = FaultyDisk.Fault.allCases[stream.index(below: FaultyDisk.Fault.allCases.count)]
      // A checkpoint of so few tensors takes about twenty calls; a later fault does not occur.
      let disk = FaultyDisk(fault, at: stream.index(below: 22))
      let checkpoint = TrainingCheckpoint(
        TrainingState(
          model: model,
          optimizer: OptimizerState(step: step, moments: Array(repeating: Double(step), count: model.layout.count))),
        notes: notes(step: step))
      do {
        try FileSystemCalls.$current.withValue(disk.calls) { try folder.write(checkpoint) }
        folder.prune(upTo: step)
        last = step
      } catch {
        failures += 1
        if fault == .crash { crashes += 1 }
        // A folder that cannot be synced already has the new file.
        if folder.steps.first == step { last = step }
      }
      guard let last else { continue }
      let found = try folder.newest(Double.self) { Issue.record("step \(step): \($0)") }
      #expect(found.record.step == last, "after step \(step), \(fault)")
      #expect(found.checkpoint.state.optimizer.moments.allSatisfy { $0 == Double(last) })
    }
    print(
      "1000 faults: \(failures) ended a checkpoint, \(crashes) of them crashes; \(folder.steps) remain"
    )
    #expect(failures > 300 && crashes > 100)
    #expect(folder.steps.count <= folder.kept + 1)
  }

  @Test func `a damaged checkpoint is skipped with a warning`() throws {
    let folder = CheckpointFolder(path: scratch.path + "/checkpoints")
    try CheckpointFolder.create(folder.path)
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    for step in 1...3 {
      let state = OptimizerState<Float>(step: step, moments: Array(repeating: 1, count: model.layout.count))
      try folder.write(
        TrainingCheckpoint(TrainingState(model: model, optimizer: state), notes: notes(step: step)))
    }
    // One flipped bit of one number.
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: folder.file(step: 3))))
    bytes[bytes.count - 5] ^= 4
    try Data(bytes).write(to: URL(filePath: folder.file(step: 3)))
    // A truncated file.
    let whole = try Data(contentsOf: URL(filePath: folder.file(step: 2)))
    try whole.prefix(whole.count - 1).write(to: URL(filePath: folder.file(step: 2)))
    var sentences: [String] = []
    let found = try folder.newest(Float.self) { sentences.append($0) }
    print(sentences.joined(separator: "\n"))
    #expect(found.record.step == 1)
    #expect(sentences.count == 2 && sentences[0].contains("checksum") && sentences[0].contains("step-000000003"))
    unlink(folder.file(step: 1))
    #expect(throws: GatewiseError.self) { try folder.newest(Float.self) { _ in } }
  }

  @Test func `every flipped bit of a checkpoint is detected`() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [1]), seed: 1)
    let state = TrainingState(
      model: model, optimizer: OptimizerState(step: 4, moments: model.parameters),
      carried: LSTMState(zerosFor: model.configuration, batchSize: 2))
    let path = scratch.path + "/checkpoint"
    try TrainingCheckpoint(state, notes: ["a": "b"]).write(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var accepted: [Int] = []
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      try Data(changed).write(to: URL(filePath: path))
      if let found = try? TrainingCheckpoint<Float>(contentsOf: path) {
        accepted.append(bit)
        #expect(found.state.model.parameters == state.model.parameters && found.state.optimizer == state.optimizer)
      }
    }
    print("of \(bytes.count * 8) bits, \(accepted.count) have no effect")
    #expect(accepted.isEmpty)
  }
}
