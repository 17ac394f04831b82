/// The colors of drawings on light and dark backgrounds, as a style sheet for every SVG viewer: without variables.
enum ChartStyle {
  private struct Colors {
    let ink: String
    let muted: String
    let paper: String
    let grid: String
    /// The colors of the lines, which differ in lightness, too.
    let lines: [String]
  }

  private static let light = Colors(
    ink: "#1f2328", muted: "#59636e", paper: "#ffffff", grid: "#d1d9e0",
    lines: ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#0e7490", "#57606a"])
  private static let dark = Colors(
    ink: "#f0f6fc", muted: "#9198a1", paper: "#0d1117", grid: "#3d444d",
    lines: ["#4493f8", "#f0883e", "#3fb950", "#ab7df8", "#db61a2", "#d29922", "#39c5cf", "#9198a1"])

  /// Returns the class of line `index`: eight colors, then the same dashed, then dotted.
  static func line(_ index: Int) -> String {
    "line\(index % light.lines.count)" + ["", " dashed", " dotted"][min(index / light.lines.count, 2)]
  }

  /// The style sheet.
  static let css = """
    text { font: 13px system-ui, sans-serif }
    .title { font-size: 16px; font-weight: 600 }
    polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
    .dashed { stroke-dasharray: 6 3 }
    .dotted { stroke-dasharray: 2 3 }
    .grid { stroke-width: 1 }
    .cell { shape-rendering: crispEdges }
    \(rules(light))
    @media (prefers-color-scheme: dark) {
    \(rules(dark))
    }
    """

  private static func rules(_ colors: Colors) -> String {
    let lines = colors.lines.enumerated().map {
      ".line\($0) { stroke: \($1) }\n.dot.line\($0) { fill: \($1); stroke: none }"
    }
    return """
      text { fill: \(colors.muted) }
      .title { fill: \(colors.ink) }
      .paper { fill: \(colors.paper) }
      .grid { stroke: \(colors.grid) }
      .cell { fill: \(colors.lines[0]) }
      .field { fill: none; stroke: \(colors.grid) }
      \(lines.joined(separator: "\n"))
      """
  }
}
