import ArgumentParser
import Gatewise
import GatewiseRuns

/// The command `gatewise sample`.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Samples text from a model that was trained on text.",
    discussion: """
      Example:
        gatewise sample runs/book/model.safetensors --prompt "It was" \\
          --length 400 --temperature 0.7 --seed 1

      Writes the prompt and the sampled text to standard output, followed by a line end. The same seed gives the same \
      text.
      """)

  @Argument(help: ArgumentHelp("A model that gatewise train --text has written.", valueName: "model"))
  var model: String

  // The argument after --prompt is always the prompt, since a text may begin with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The beginning of the text (default: empty, the start of a line).", valueName: "text"))
  var prompt = ""

  @Option(help: ArgumentHelp("Number of characters, or bytes, to sample.", valueName: "n"))
  var length = 400

  @Option(
    help: ArgumentHelp(
      "1 samples from the model's probabilities, a lower value favors the most probable tokens, 0 always takes the "
        + "most probable one.", valueName: "x"))
  var temperature = 1.0

  @Option(help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
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
        problem: (data == nil ? "does not describe its inputs" : "was trained on a table")
          + "; sample needs a model of text, as gatewise train --text writes it.")
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
