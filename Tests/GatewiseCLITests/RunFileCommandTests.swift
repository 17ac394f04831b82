import Foundation
import Gatewise
import Testing

@Suite("gatewise train --config")
struct RunFileCommandTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func model(_ run: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path("\(run)/model.safetensors")))
  }

  @Test("repeats a run from its run file, and options of the command line take precedence")
  func repeats() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "a text.txt")
    try Executable.succeed(
      TrainingData.quickRun(on: text, out: folder.path("one")) + [
        "--peepholes", "--optimizer", "sgd", "--schedule", "warmup-cosine", "--cell", "cifg-keep-input",
        "--without-bias", "outputs", "--clip-value", "0.1", "--accumulate", "2", "--average", "0.75",
      ])
    let file = folder.path("one/run.yaml")
    // It contains all options that were chosen.
    let said = try String(contentsOfFile: file, encoding: .utf8)
    for line in [
      "hidden: [8]", "layers: 1", "momentum: 0.9", "learning-rate: 0.1", "dtype: float32", "warmup: 0",
      "unit: characters", "accumulate: 2", "average: 0.75",
    ] {
      #expect(said.contains("\(line)\n"), "\(line) is missing in \(said)")
    }
    try Executable.succeed(["train", "--config", file, "--out", folder.path("two")])
    #expect(try model("two") == model("one"))
    try Executable.succeed(["train", "--config=\(file)", "--out", folder.path("three"), "--seed", "9"])
    #expect(try model("three") != model("one"))
    #expect(try String(contentsOfFile: folder.path("three/run.yaml"), encoding: .utf8).contains("seed: 9\n"))
  }

  @Test("repeats a forecast and a classification")
  func tables() throws {
    let sequences = try folder.write(TrainingData.sequences(count: 30), to: "sequences.csv")
    for (name, data) in [
      ("forecast", ["--csv", TrainingData.airline, "--target", "passengers"]),
      ("classes", ["--csv", sequences, "--sequence", "name", "--label", "kind", "--input", "x", "y"]),
    ] {
      try Executable.succeed(["train"] + data + ["--steps", "8", "--hidden", "5,4", "--out", folder.path(name)])
      try Executable.succeed(
        ["train", "--config", folder.path("\(name)/run.yaml"), "--out", folder.path("\(name)-again")])
      #expect(try model("\(name)-again") == model(name))
    }
  }

  @Test("accepts values that begin with a dash")
  func dashes() throws {
    let rows = (0..<60).map { "\(sin(Double($0))),\($0 % 7),\($0 % 5)" }
    let table = try folder.write((["-a,--b,c"] + rows).joined(separator: "\n") + "\n", to: "-t.csv")
    try Executable.succeed([
      "train", "--csv", table, "--target=-a", "--target=--b", "--input=--b", "--input=c", "--forget-bias", "-1.5",
      "--steps",
      "5", "--hidden", "4", "--out", folder.path("one"),
    ])
    let said = try String(contentsOfFile: folder.path("one/run.yaml"), encoding: .utf8)
    #expect(said.contains("target: [\"-a\", \"--b\"]\n") && said.contains("input: [\"--b\", c]\n"), "\(said)")
    #expect(said.contains("forget-bias: \"-1.5\"\n"), "\(said)")
    try Executable.succeed(["train", "--config", folder.path("one/run.yaml"), "--out", folder.path("two")])
    #expect(try model("two") == model("one"))
    let again = try String(contentsOfFile: folder.path("two/run.yaml"), encoding: .utf8)
    #expect(again.contains("target: [\"-a\", \"--b\"]\n") && again.contains("input: [\"--b\", c]\n"), "\(again)")
  }

  @Test(
    "reports errors in a run file before any work",
    arguments: [
      ("hiden: 3", 1, "no option hiden; did you mean hidden?"), ("peepholes: 3", 1, "peepholes is a flag"),
      ("config: x.yaml", 1, "no option config"), ("steps: x", 64, "--steps"), ("steps: 0", 64, "at least 1"),
      ("momentum: 2", 64, "--momentum"), ("accumulate: 0", 64, "--accumulate must be at least 1, but is 0"),
      ("average: -0.5", 64, "--average must be above 0 and below 1, but is -0.5"),
      ("optimizer: best", 64, "--optimizer"), ("layers: 0", 64, "--layers"),
    ])
  func refusals(_ text: String, _ status: Int32, _ words: String) throws {
    let file = try folder.write("text: [none.txt]\nout: \(folder.path("run"))\n\(text)\n", to: "run.yaml")
    let outcome = try Executable.run(["train", "--config", file])
    #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
  }

  @Test("an option of the command line replaces its alternatives in the file")
  func alternatives() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("one")))
    for (index, options) in [
      ["--clip-value", "1"], ["--hidden", "4,4"], ["--cell", "lstm-1997"], ["--optimizer", "sgd"],
      ["--csv", TrainingData.airline, "--target", "passengers", "--batch", "4"],
    ].enumerated() {
      let out = folder.path("out\(index)")
      try Executable.succeed(["train", "--config", folder.path("one/run.yaml"), "--out", out] + options)
      let file = try String(contentsOfFile: "\(out)/run.yaml", encoding: .utf8)
      if options.contains("sgd") { #expect(file.contains("learning-rate: 0.1\n"), "\(file)") }
    }
    try Executable.fail(["train", "--config", "a", "--config", "b"], status: 64, saying: "--config is given twice")
  }

  @Test("reports --config without a file")
  func nothing() throws {
    try Executable.fail(["train", "--config"], status: 64, saying: "--config needs the path")
    try Executable.fail(["train", "--config", folder.path("none"), "--out", "x"], status: 1, saying: "none")
  }
}
