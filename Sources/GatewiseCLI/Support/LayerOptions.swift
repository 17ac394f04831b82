import ArgumentParser
import Gatewise

/// What layers are beside their cells: a stack of layers as every command that makes a model takes it.
struct LayerOptions: ParsableArguments {
  @OptionGroup var stack: StackOptions

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
    stack.given
      + [
        ("--bidirectional", bidirectional), ("--projection", projection != nil),
        ("--projection-clip", projectionClip != nil), ("--normalization", normalization != nil),
        ("--residual", residual), ("--embedding", embedding != nil),
      ].filter(\.1).map(\.0)
  }

  func validate() throws {
    try require("--projection", projection, "at least 1") { $0 >= 1 }
    try require("--embedding", embedding, "at least 1") { $0 >= 1 }
    try require("--projection-clip", projectionClip, "above 0") { $0 > 0 }
    if projectionClip != nil, projection == nil {
      throw ValidationError("--projection-clip bounds projected outputs, and there are none; give --projection.")
    }
  }

  /// Makes the stack of a configuration what was asked for, with `hidden` units in each of `layers` layers where not
  /// given.
  func set(_ configuration: inout LSTMConfiguration, hidden: Int, layers: Int) {
    configuration.hiddenSizes = stack.hiddenSizes(hidden: hidden, layers: layers)
    configuration.peepholes = stack.peepholes
    configuration.isBidirectional = bidirectional
    configuration.normalization = normalization
    configuration.isResidual = residual
    configuration.embeddingSize = embedding
    configuration.projection = projection.map { .init(size: $0, clip: projectionClip) }
  }
}

extension LayerNormalization: ExpressibleByArgument {}
