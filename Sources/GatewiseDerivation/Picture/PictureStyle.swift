/// The style of a picture, in light and dark mode.
enum PictureStyle {
  /// The color of a part: its selector and property, and its values in light and dark mode.
  private static let colors: [(selector: String, property: String, light: String, dark: String)] = [
    (".paper", "fill", "#ffffff", "#0d1117"),
    (".picture text", "fill", "#59636e", "#9198a1"),
    (".picture .label", "stroke", "#ffffff", "#0d1117"),
    (".picture .inside", "stroke", "#f6f8fa", "#151b23"),
    (".picture .strong", "fill", "#1f2328", "#f0f6fc"),
    (".card", "fill", "#f6f8fa", "#151b23"),
    (".node", "fill", "#ffffff", "#212830"),
    (".node", "stroke", "#59636e", "#9198a1"),
    (".tie", "stroke", "#c3cbd3", "#565f6a"),
    (".values .line", "stroke", "#c3cbd3", "#565f6a"),
    (".values .head", "fill", "#c3cbd3", "#565f6a"),
    (".errors .line", "stroke", "#424a53", "#b7bdc8"),
    (".errors .head", "fill", "#424a53", "#b7bdc8"),
    (".gradient .line", "stroke", "#bc4c00", "#f0883e"),
    (".gradient .head", "fill", "#bc4c00", "#f0883e"),
    (".picture .gradient .label", "fill", "#bc4c00", "#f0883e"),
    (".weight .node", "stroke", "#bc4c00", "#f0883e"),
    (".picture .weight text", "fill", "#bc4c00", "#f0883e"),
  ]

  private static let shapes = """
    .picture text { font: 12px ui-sans-serif, system-ui, sans-serif }
    .picture .label, .picture .letter { font-family: Georgia, "Times New Roman", "DejaVu Serif", serif;
      font-style: italic }
    .picture .label { font-size: 12.5px; stroke-width: 3px; paint-order: stroke; stroke-linejoin: round }
    .picture .letter { font-size: 15.5px; text-anchor: middle }
    .picture .pill { font-size: 13px }
    .picture .small { font-size: 78% }
    .picture .upright { font-style: normal }
    .picture .title { font-size: 17px; font-weight: 600 }
    .line { fill: none; stroke-width: 1.25; stroke-linecap: round }
    .tie { fill: none; stroke-dasharray: 1 4; stroke-width: 1.25; stroke-linecap: round }
    .node { stroke-width: 1.25 }
    .cut .line { stroke-dasharray: 4 4; stroke-width: 1.6 }
    """

  /// The style sheet of the pictures of some rules.
  static func css(_ rules: [RuleChoice]) -> String {
    let cuts = rules.flatMap { choice in
      ["stroke: .cut .line", "fill: .cut .head", "fill: .cut .label"].map { part in
        let pieces = part.split(separator: ": ").map(String.init)
        return (".picture.rule-\(choice.key) \(pieces[1])", pieces[0], choice.color.light, choice.color.dark)
      }
    }
    func rows(_ pick: ((selector: String, property: String, light: String, dark: String)) -> String) -> String {
      (colors + cuts).map { "\($0.selector) { \($0.property): \(pick($0)) }" }.joined(separator: "\n")
    }
    return """
      \(shapes)
      \(rows { $0.light })
      @media (prefers-color-scheme: dark) {
      \(rows { $0.dark })
      }
      """
  }
}
