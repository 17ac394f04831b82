import ArgumentParser
import Gatewise
import GatewiseDerivation

/// The command `gatewise derive`.
struct DeriveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "derive",
    abstract: "Derives the gradient of one weight of a stack line by line, and compares it with the engine.",
    discussion: """
      Examples:
        gatewise derive --weight layer0.forget.recurrent --rule truncated-rtrl
        gatewise derive --layers 3 --hidden 3 --peepholes --weight layer1.output.peephole[2] --format latex
        gatewise derive --weight layer0.input.bias --rule tbptt --every 2 --depth 3 --window 5
        gatewise derive --weight layer0.forget.recurrent --rule truncated-rtrl --format html --output derivation.html

      Each line states the quantity, the paths that the rule cuts, and the terms that arise because the layer feeds \
      another. Its value is computed by the printed formula from the values of the lines before it, in a small network \
      drawn from the seed, and is compared with the engine's value for the same quantity. The last line is also \
      compared with the complex step of the network whose exact gradient the rule computes. html writes a page, and \
      svg a drawing, of the unrolled stack with each partial derivative as an edge; the page lets the reader choose \
      among all rules.
      Exit status: 0 if all lines agree to 1e-10, otherwise 1.
      """)

  @Option(
    help: ArgumentHelp(
      "The weight, layerL.GATE.KIND[m,k]: GATE is input, forget, candidate or output; KIND is input, recurrent, bias "
        + "or peephole; m is the source unit and k the target unit. A bias or peephole weight has only [k]. Without "
        + "indices, the first weight is used.", valueName: "name"))
  var weight: String

  @OptionGroup(title: "Shape of the network") var layers: StackOptions

  @Option(help: ArgumentHelp("Number of inputs.", valueName: "i"))
  var inputSize = 2

  @Option(help: ArgumentHelp("Number of time steps.", valueName: "t"))
  var window = 3

  @Option(help: ArgumentHelp("Seed of the network's numbers.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(help: "The output format.")
  var format = Format.text

  @Option(help: ArgumentHelp("The file to write (default: standard output).", valueName: "file"))
  var output: String?

  @OptionGroup var rule: RuleOptions

  /// The values of `--format`.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case markdown
    case latex
    case html
    case svg
  }

  func validate() throws {
    if rule.deltaClip != nil {
      throw ValidationError(
        "--delta-clip changes the result so that it is no longer a gradient and cannot be derived; leave it out.")
    }
    if rule.segment != nil {
      throw ValidationError("--segment does not change the derivation; leave it out.")
    }
    if output == "" { throw ValidationError("--output is empty; give a path, or leave it out.") }
    if rule.peepholePaths != nil, !layers.peepholes {
      throw ValidationError("--peephole-paths needs peephole connections; give --peepholes too.")
    }
    do {
      _ = try Weight(weight, in: network().configuration)
    } catch let error as GatewiseError {
      throw ValidationError("\(error)")
    }
  }

  private func network() throws -> DerivationNetwork {
    try DerivationNetwork(
      inputSize: inputSize, hiddenSizes: layers.hiddenSizes(hidden: 2, layers: 2), peepholes: layers.peepholes,
      steps: window, seed: seed)
  }

  func run() throws {
    let network = try network()
    let weight = try Weight(weight, in: network.configuration)
    let (text, holds) = try written(weight, network)
    if let output { try AtomicFile.write(text, to: output) } else { try StandardOutput.print(text, terminator: "") }
    if !holds { throw ExitCode.failure }
  }

  /// Returns the derivation in the chosen format, and whether all its values agree.
  private func written(_ weight: Weight, _ network: DerivationNetwork) throws -> (text: String, holds: Bool) {
    if format == .html {
      let page = try DerivationPage(of: weight, in: network, rule: rule.gradientRule)
      return (page.html, page.holds)
    }
    let derivation = try Derivation(of: weight, in: network, rule: rule.gradientRule)
    let text =
      switch format {
      case .text: TextWriter().text(derivation)
      case .markdown: MarkdownWriter().text(derivation)
      case .latex: LaTeXWriter().text(derivation)
      case .svg, .html: Picture(of: derivation).svg
      }
    return (text, derivation.holds)
  }
}
