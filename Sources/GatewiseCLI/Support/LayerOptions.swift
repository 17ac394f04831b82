import ArgumentParser
import Gatewise

/// The options for a stack of layers, apart from the cells, that every command that creates a model has.
struct LayerOptions: ParsableArguments {
  @OptionGroup var stack: StackOptions

  @Flag(help: "Make every layer bidirectional.")
  var bidirectional = false

  @Option(
    help: ArgumentHelp("Project the hidden state of every layer to this number of outputs.", valueName: "p"))
  var projection: Int?

  @Option(help: ArgumentHelp("Clip the projected outputs to [-x, x].", valueName: "x"))
  var projectionClip: Double?

  @Option(
    help: ArgumentHelp(
      "Layer normalization of the pre-activations (gates) or of both products and the cell state (products-and-cell)."))
  var normalization: LayerNormalization?

  @Flag(help: "Add the input of every layer but the lowest to its output.")
  var residual = false

  @Option(help: ArgumentHelp("Embed the inputs in vectors of this size.", valueName: "m"))
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
      throw ValidationError("--projection-clip needs a projection; give --projection.")
    }
  }

  /// Sets the stack of a configuration. The default is `layers` layers with `hidden` units each.
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
