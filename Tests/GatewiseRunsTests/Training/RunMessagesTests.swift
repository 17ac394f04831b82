import Foundation
import Gatewise
import InMemoryLogging
import Logging
import Testing

@testable import GatewiseRuns

@Suite("Messages of a run") struct RunMessagesTests {
  private let scratch: TemporaryFolder
  private let data: RunData

  init() throws {
    scratch = try TemporaryFolder()
    let text = try scratch.file("text", String(repeating: "some text to learn from\n", count: 200))
    data = .text(try TextData(paths: [text]))
  }

  /// Trains for some updates, and returns the logged and the shown messages.
  private func run(steps: Int, resumes: Bool = false) throws -> (logged: [InMemoryLogHandler.Entry], shown: String) {
    var options = TrainingOptions()
    options.change = { $0.hiddenSizes = [4] }
    (options.steps, options.batchSize, options.window) = (steps, 4, 8)
    let plan = try TrainingPlan(options, for: data, dataType: .float32)
    let handler = InMemoryLogHandler()
    let shown = try scratch.file("shown", "")
    var writer = ProgressWriter(to: try #require(FileHandle(forWritingAtPath: shown)))
    let run = try TrainingRun<Float>(
      data, plan: plan, startingFrom: nil, folder: OutputFolder(path: scratch.path + "/run"), execution: .standard(),
      resumes: resumes, logger: Logger(label: "test") { _ in handler })
    _ = try run.run(writer: &writer) { false }
    return (handler.entries, try String(contentsOfFile: shown, encoding: .utf8))
  }

  @Test("a damaged checkpoint and one that cannot be written are warnings of the caller's logger")
  func warnings() throws {
    let quiet = try run(steps: 4)
    #expect(quiet.logged.isEmpty && quiet.shown.contains("step 4/4"))
    let checkpoints = CheckpointFolder(path: scratch.path + "/run/checkpoints")
    try Data("no checkpoint".utf8).write(to: URL(filePath: checkpoints.file(step: 4)))
    // A folder in place of the best checkpoint.
    try FileManager.default.removeItem(atPath: checkpoints.best)
    try FileManager.default.createDirectory(atPath: checkpoints.best + "/in the way", withIntermediateDirectories: true)
    let (logged, shown) = try run(steps: 5, resumes: true)
    for entry in logged { print(entry.level, entry.message) }
    #expect(logged.allSatisfy { $0.level == .warning } && !shown.contains("The run continues"))
    #expect(logged.first?.message.description.contains("step-000000004.safetensors") == true)
    #expect(logged.first?.message.description.hasSuffix("The one before it is tried.") == true)
    #expect(logged.dropFirst().contains { $0.message.description.contains("best.safetensors") })
    #expect(logged.dropFirst().allSatisfy { $0.message.description.contains("The run continues") })
  }
}
