import Foundation
import Testing

@Suite("gatewise sample")
struct SampleTests {
  private let folder: ScratchFolder
  private let model: String

  init() throws {
    folder = try ScratchFolder()
    let text = try folder.write(TrainingData.text(lines: 30), to: "text")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("run")))
    model = folder.path("run/model.safetensors")
  }

  @Test("writes the prompt and the given number of characters, the same for the same seed")
  func seeds() throws {
    let options = ["sample", model, "--prompt", "line", "--length", "50", "--temperature", "0.8"]
    let one = try Executable.succeed(options + ["--seed", "1"]).output
    #expect(one.hasPrefix("line") && one.unicodeScalars.count == 4 + 50 + 1)
    #expect(try one == Executable.succeed(options + ["--seed", "1", "--threads", "2"]).output)
    #expect(try one != Executable.succeed(options + ["--seed", "2"]).output)
  }

  @Test("works without a prompt, and takes the most probable character at temperature 0")
  func bareAndGreedy() throws {
    let greedy = ["sample", model, "--length", "30", "--temperature", "0"]
    let one = try Executable.succeed(greedy + ["--seed", "1"]).output
    #expect(try one == Executable.succeed(greedy + ["--seed", "2"]).output)
    #expect(one.unicodeScalars.count == 31)
  }

  @Test("writes arbitrary bytes")
  func bytes() throws {
    let text = try folder.write(TrainingData.text(lines: 30), to: "text")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("bytes")) + ["--unit", "bytes"])
    let outcome = try Executable.run(
      ["sample", folder.path("bytes/model.safetensors"), "--prompt", "é", "--length", "5", "--temperature", "0"])
    #expect(outcome.status == 0 && outcome.output.hasPrefix("é"))
  }

  @Test("accepts a prompt that begins with a dash", arguments: ["- item", "-5 degrees", "--seed"])
  func dashes(_ prompt: String) throws {
    let text = try folder.write(String(repeating: "- item, -5 degrees, --seed\n", count: 200), to: "dashes")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("dashes run")))
    let outcome = try Executable.succeed(
      ["sample", folder.path("dashes run/model.safetensors"), "--prompt", prompt, "--length", "3"])
    #expect(outcome.output.hasPrefix(prompt))
  }

  @Test("reports invalid input in one sentence")
  func refuses() throws {
    try Executable.fail(["sample", model, "--prompt", "liné"], status: 1, saying: "'é' (U+00E9)", "Character 4")
    try Executable.fail(["sample", folder.path("none.safetensors")], status: 1, saying: "none.safetensors", "no such")
    try Executable.fail(["sample", folder.path("text")], status: 1, saying: "text", "not a safetensors file")
    try Executable.fail(["sample", model, "--length", "0"], status: 64, saying: "--length")
    try Executable.fail(["sample", model, "--temperature", "-1"], status: 64, saying: "--temperature")
    try Executable.succeed([
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--steps", "2", "--out", folder.path("table"),
    ])
    try Executable.fail(
      ["sample", folder.path("table/model.safetensors")], status: 1, saying: "table/model.safetensors", "a table")
  }
}
