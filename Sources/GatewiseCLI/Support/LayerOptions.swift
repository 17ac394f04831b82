import ArgumentParser
import Gatewise

/// `--hidden`, `--layers` and what layers are beside their cells: a stack of layers as every command that makes one takes it.
struct LayerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hidden units of every layer, or of each layer from the lowest, for example 64,32.", valueName: "h"))
  var hidden: SizeList?

  @Option(help: ArgumentHelp("Number of layers.", valueName: "n"))
  var layers: Int?

  @Flag(help: "Let the gates see the cell state through peephole weights.")
  var peepholes = false

  @Flag(help: "Let every layer read its sequences from the last step to the first, too.")
  var bidirectional = false

  @Option(
    help: ArgumentHelp("Project the hidden units of every layer to so many outputs.", valueName: "p"))
  var projection: Int?

  @Option(help: ArgumentHelp("The most that a projected output may be, either way.", valueName: "x"))
  var projectionClip: Double?

  @Option(
    help: ArgumentHelp(
      "Normalize every net of a layer (gates), or both its products and its cell state (products-and-cell)."))
  var normalization: LayerNormalization?

  @Flag(help: "Add what a layer but the lowest reads to what it puts out.")
  var residual = false

  @Option(help: ArgumentHelp("Embed the inputs in vectors of so many numbers.", valueName: "m"))
  var embedding: Int?

  /// Whether any of these was given.
  var isGiven: Bool { !given.isEmpty }

  /// The flags that were given.
  var given: [String] {
    [
      ("--hidden", hidden != nil), ("--layers", layers != nil), ("--peepholes", peepholes),
      ("--bidirectional", bidirectional), ("--projection", projection != nil),
      ("--projection-clip", projectionClip != nil), ("--normalization", normalization != nil),
      ("--residual", residual), ("--embedding", embedding != nil),
    ].filter(\.1).map(\.0)
  }

  func validate() throws {
    if let layers, !(1...1000).contains(layers) {
      throw ValidationError("--layers \(layers) is no number of layers; give one from 1 to 1000.")
    }
    if let hidden, hidden.sizes.isEmpty {
      throw ValidationError(
        "--hidden \(hidden.text) names no sizes; give one of at least 1, or one for each layer, for example 64,32.")
    }
    try require("--projection", projection, "at least 1") { $0 >= 1 }
    try require("--embedding", embedding, "at least 1") { $0 >= 1 }
    try require("--projection-clip", projectionClip, "above 0") { $0 > 0 }
    if projectionClip != nil, projection == nil {
      throw ValidationError("--projection-clip bounds projected outputs, and there are none; give --projection.")
    }
    if let layers, let sizes = hidden?.sizes, sizes.count > 1, sizes.count != layers {
      throw ValidationError(
        "--hidden gives \(sizes.count) layers, but --layers gives \(layers); leave one of them out.")
    }
  }

  /// Makes the stack of a configuration what was asked for, with `hidden` units in each of `layers` layers where not
  /// given.
  func set(_ configuration: inout LSTMConfiguration, hidden: Int, layers: Int) {
    configuration.hiddenSizes = hiddenSizes(hidden: hidden, layers: layers)
    configuration.peepholes = peepholes
    configuration.isBidirectional = bidirectional
    configuration.normalization = normalization
    configuration.isResidual = residual
    configuration.embeddingSize = embedding
    configuration.projection = projection.map { .init(size: $0, clip: projectionClip) }
  }

  /// The hidden size of every layer, the lowest first, with `hidden` units in each of `layers` layers where not given.
  func hiddenSizes(hidden: Int, layers: Int) -> [Int] {
    let sizes = self.hidden?.sizes ?? [hidden]
    return sizes.count > 1 ? sizes : Array(repeating: sizes[0], count: self.layers ?? layers)
  }
}

extension LayerNormalization: ExpressibleByArgument {}

/// Positive numbers with commas between them.
struct SizeList: ExpressibleByArgument, Sendable {
  /// What was said.
  let text: String
  /// The numbers; none where it is not such a list, which `LayerOptions` answers in a sentence of its own.
  let sizes: [Int]

  init(argument: String) {
    text = argument
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    sizes = parts.allSatisfy { ($0 ?? 0) >= 1 } ? parts.compactMap { $0 } : []
  }
}
