import Foundation
import Testing

@Suite("gatewise train writes logs")
struct RunLogsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns the lines of a run's log without times.
  private func entries(_ run: String) throws -> [NSDictionary] {
    try String(contentsOfFile: folder.path("\(run)/log.jsonl"), encoding: .utf8).split(separator: "\n").map {
      var entry = try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      for time in ["seconds", "rowsPerSecond"] { #expect(entry.removeValue(forKey: time) is NSNumber) }
      return entry as NSDictionary
    }
  }

  @Test(
    "lines of JSON with norms by layer and gate, TensorBoard events, a report; a resumed run has the same lines")
  func logs() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = [
      "train", "--text", text, "--hidden", "6,5", "--batch", "4", "--window", "8", "--steps", "20", "--validate-every",
      "5",
      "--checkpoint-every", "7", "--keep-checkpoints", "9", "--tensorboard", "--html", "--out",
    ]
    let run = try Executable.succeed(options + [folder.path("whole")])
    #expect(run.output.contains("report.html"))
    let whole = try entries("whole")
    #expect(whole.count == 20)
    let last = try #require(whole.last)
    #expect(
      Set(last.allKeys.compactMap { $0 as? String }).isSuperset(of: [
        "step", "loss", "validation", "learningRate", "saturation",
      ]))
    // The squares of the parts' norms add up to the square of the whole norm.
    let parts = try #require(last["gradientNorms"] as? [String: Double])
    let norm = try #require(last["gradientNorm"] as? Double)
    let sum = parts.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    print("gradient norm \(norm), from its parts \(sum)")
    #expect(abs(sum - norm) <= 1e-6 * norm)
    #expect(parts["layer1/forget"] != nil && parts["readout"] != nil)
    let page = try String(contentsOfFile: folder.path("whole/report.html"), encoding: .utf8)
    for words in ["<svg", "Saturation of gates", "validate-every", "layer 1", "</html>"] {
      #expect(page.contains(words), "\(words)")
    }
    let events = try FileManager.default.contentsOfDirectory(atPath: folder.path("whole/tensorboard"))
    #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."))

    // The state of a killed run whose last checkpoint is that of update 14, with logs that go beyond it.
    try FileManager.default.copyItem(atPath: folder.path("whole"), toPath: folder.path("part"))
    try FileManager.default.removeItem(atPath: folder.path("part/checkpoints/step-000000020.safetensors"))
    try Executable.succeed(options + [folder.path("part"), "--resume"])
    #expect(try entries("part") == whole)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("part/tensorboard")).count == 2)
  }
}
