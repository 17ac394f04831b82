import ArgumentParser
import Gatewise
import GatewiseRuns

/// `gatewise sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Lets a model of text write.",
    discussion: """
      Example:
        gatewise sample runs/book/model.safetensors --prompt "It was" \\
          --length 400 --temperature 0.7 --seed 1

      The prompt and what the model writes behind it go to standard output, with a line end behind them. The same \
      seed gives the same text.
      """)

  @Argument(help: ArgumentHelp("A model that gatewise train --text has left.", valueName: "model"))
  var model: String

  // Whatever stands behind --prompt is the prompt: a text may begin with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What the text begins with; where not given, a line of its own.", valueName: "text"))
  var prompt = ""

  @Option(help: ArgumentHelp("Characters, or bytes, to write.", valueName: "n"))
  var length = 400

  @Option(
    help: ArgumentHelp(
      "1 draws as the model finds probable, less is more cautious, 0 always takes the most probable.", valueName: "x"))
  var temperature = 1.0

  @Option(help: ArgumentHelp("All random choices come from it.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var threads: ThreadsOption

  func validate() throws {
    try require("--length", length, "at least 1") { $0 >= 1 }
    try require("--temperature", temperature, "a finite number of at least 0") { $0 >= 0 && $0.isFinite }
  }

  func run() throws {
    let file = try ModelFile(contentsOf: model)
    switch file.dataType {
    case .float32: try write(Float.self, from: file)
    case .float64: try write(Double.self, from: file)
    }
  }

  private func write<S: Scalar>(_: S.Type, from file: ModelFile) throws {
    let data = try ModelData.read(from: file.extras, path: model)
    guard case .text(let vocabulary) = data else {
      throw GatewiseError.file(
        path: model,
        problem: (data == nil ? "does not say what its inputs mean" : "is a model of a table")
          + "; sample needs a model of text, which gatewise train --text leaves.")
    }
    try data?.check(file.configuration, path: model)
    let sampler = try TextSampler<S>(
      file.model(), vocabulary: vocabulary, temperature: temperature, seed: seed, execution: threads.execution())
    try sampler.read(prompt)
    try StandardOutput.print(prompt, terminator: "")
    for _ in 0..<length { try StandardOutput.write(sampler.next()) }
    try StandardOutput.print("")
  }
}
