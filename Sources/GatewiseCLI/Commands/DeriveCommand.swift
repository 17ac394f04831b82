import ArgumentParser
import Gatewise
import GatewiseDerivation

/// `gatewise derive`
struct DeriveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "derive",
    abstract: "Derives the gradient of one weight of a stack line by line, with numbers beside the engine's.",
    discussion: """
      Examples:
        gatewise derive --weight layer0.forget.recurrent --rule truncated-rtrl
        gatewise derive --layers 3 --hidden 3 --peepholes --weight layer1.output.peephole[2] --format latex
        gatewise derive --weight layer0.input.bias --rule tbptt --every 2 --depth 3 --window 5
        gatewise derive --weight layer0.forget.recurrent --rule truncated-rtrl --format html --output derivation.html

      Every line says what it is, which paths the rule cuts, and what changes because the layer feeds another. Its \
      number is that of the very formula that is printed, in a small network drawn from the seed, from the numbers of \
      the lines before it. It stands beside the engine's number for the same quantity; the last line stands beside the \
      complex step of the network whose exact gradient the rule is, too. html is a page, and svg a drawing, of the \
      unrolled stack with every partial of the lines as an edge; the page has every rule to choose from.
      Exit status: 0 where all agree to 1e-10, 1 where a line differs.
      """)

  @Option(
    help: ArgumentHelp(
      "The weight, layerL.GATE.KIND[m,k]: GATE input, forget, candidate or output, KIND input, recurrent, bias or "
        + "peephole, m the unit it comes from and k the one it leads to; a bias and a peephole have [k] alone. Without "
        + "indices it is the first.", valueName: "name"))
  var weight: String

  @OptionGroup(title: "Shape of the network") var layers: StackOptions

  @Option(help: ArgumentHelp("Number of inputs.", valueName: "i"))
  var inputSize = 2

  @Option(help: ArgumentHelp("Number of time steps.", valueName: "t"))
  var window = 3

  @Option(help: ArgumentHelp("Seed of the network's numbers.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(help: "How the derivation is written.")
  var format = Format.text

  @Option(help: ArgumentHelp("The file to write; without it, standard output.", valueName: "file"))
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
        "--delta-clip makes of a gradient what is none, so that there is nothing to derive; leave it out.")
    }
    if rule.segment != nil {
      throw ValidationError("--segment changes no line of a derivation; leave it out.")
    }
    if output == "" { throw ValidationError("--output names no file; give a path, or leave it out.") }
    if rule.peepholePaths != nil, !layers.peepholes {
      throw ValidationError("--peephole-paths is about peepholes, but the network has none; give --peepholes too.")
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

  /// What is written, and whether all its numbers agree.
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
