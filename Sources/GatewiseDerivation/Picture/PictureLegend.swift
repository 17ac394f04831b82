/// What the lines of a picture mean.
struct PictureLegend {
  /// A kind of line, and what it means.
  let entries: [(style: PictureArc.Style, words: String)]
  /// What each block of truncated BPTT sends back, and how far.
  private let blocks: [String]

  init(of graph: PictureGraph) {
    let text = TextNotation()
    let styles = Set(graph.arcs.map(\.style))
    let cuts = Line.Cut.allCases.filter { cut in graph.arcs.contains { $0.runs.contains { $0.term.cut == cut } } }
    let words: [(PictureArc.Style, [String])] = [
      (.errors, ["an error, against the direction of the values; the label is the partial it is multiplied with"]),
      (.values, ["a value, whose way back no error takes that the gradient of this weight needs"]),
      (.gradient, ["what the gradient of the weight is summed from"]),
      (.cut, cuts.map { "cut by the rule: \($0.words.text(text))" }),
    ]
    blocks = graph.derivation.errorBlocks.map { "∂E\($0.number)/∂w, block \($0.number): \($0.words.text(text))" }
    entries = words.filter { styles.contains($0.0) }.flatMap { style, words in words.map { (style, $0) } }
  }

  /// Of the legend as a drawing.
  var height: Double { 28 + 22 * Double(entries.count + blocks.count) }
  /// Enough for the longest entry.
  var width: Double { 120 + 6.4 * Double((entries.map(\.words) + blocks).map(\.count).max() ?? 0) }

  /// The legend as a drawing.
  var svg: String {
    func row(_ index: Int, _ words: String) -> String {
      "<text x=\"52\" y=\"\((16 + 22 * Double(index)).short)\">\(words.escaped)</text>"
    }
    let lines = entries.enumerated().map { index, entry in
      "<g class=\"\(entry.style.rawValue)\">\(Self.sample(y: 12 + 22 * Double(index)))\(row(index, entry.words))</g>"
    }
    return (lines + blocks.enumerated().map { row(entries.count + $0, $1) }).joined(separator: "\n")
  }

  /// A piece of a line.
  static func sample(y: Double) -> String {
    let stroke = Stroke(from: Point(38, y), to: Point(2, y))
    return "<path class=\"line\" d=\"\(stroke.path)\"/><path class=\"head\" d=\"\(stroke.head(atStart: false))\"/>"
  }
}
