import Gatewise

/// The unrolled stack of a derivation as a drawing: every partial derivative of its lines is an edge, and the edges
/// that the rule cuts are dashed in its color.
///
///     let derivation = try Derivation(of: weight, in: network, rule: .truncatedRTRL())
///     print(Picture(of: derivation).svg)
public struct Picture: Sendable {
  let graph: PictureGraph
  let layout: PictureLayout
  let choice: RuleChoice

  /// Creates the picture of a derivation.
  public init(of derivation: Derivation) {
    graph = PictureGraph(derivation)
    layout = PictureLayout(graph)
    choice = RuleChoice(derivation.engine.rule)
  }

  /// The picture as a self-contained file: labels, the cut paths, and a legend, for light and dark mode.
  public var svg: String {
    let derivation = graph.derivation
    let name = "∂E/∂w for w = \(derivation.weight)"
    let legend = PictureLegend(of: graph)
    let (top, width) = (76.0, max(layout.size.width, legend.width))
    let height = top + layout.size.height + legend.height
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="picture rule-\(choice.key)" \
      viewBox="0 0 \(width.short) \(height.short)" width="\(width.short)" height="\(height.short)" role="img" \
      aria-labelledby="title description">
      <title id="title">\(name.escaped), by \(derivation.ruleName.escaped)</title>
      <desc id="description">\(description.escaped)</desc>
      <style>
      \(PictureStyle.css([choice]))
      </style>
      <rect class="paper" width="100%" height="100%"/>
      <text class="title strong" x="32" y="34">\(name.escaped)</text>
      <text x="32" y="55">by \(derivation.ruleName.escaped); \(description.escaped)</text>
      <g transform="translate(0 \(top.short))">
      \(drawing(isLive: false))
      </g>
      <g transform="translate(32 \((top + layout.size.height).short))">
      \(legend.svg)
      </g>
      </svg>

      """
  }

  /// A description of the picture, in a sentence.
  var description: String {
    let sizes = graph.derivation.network.configuration.hiddenSizes
    let layers = sizes.count == 1 ? "1 layer" : "\(sizes.count) layers, the lowest at the bottom"
    return "\(layers), and \(graph.steps == 1 ? "1 step" : "\(graph.steps) steps from left to right")"
  }
}

extension String {
  /// The characters escaped for XML and HTML, in text and in attributes.
  package var escaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
