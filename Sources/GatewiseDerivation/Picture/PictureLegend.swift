/// The legend of a picture.
struct PictureLegend {
  /// A kind of line, and its meaning.
  let entries: [(style: PictureArc.Style, words: String)]
  /// The errors of each block of truncated BPTT, and how far they go.
  private let blocks: [String]

  init(of graph: PictureGraph) {
    let text = TextNotation()
    let styles = Set(graph.arcs.map(\.style))
    let cuts = Line.Cut.allCases.filter { cut in graph.arcs.contains { $0.runs.contains { $0.term.cut == cut } } }
    let words: [(PictureArc.Style, [String])] = [
      (.errors, ["an error, against the direction of the values; the label is the partial derivative as its factor"]),
      (.values, ["a value; the gradient of this weight needs no error along its reverse path"]),
      (.gradient, ["a summand of the gradient of the weight"]),
      (.cut, cuts.map { "cut by the rule: \($0.words.text(text))" }),
    ]
    blocks = graph.derivation.errorBlocks.map { "∂E\($0.number)/∂w, block \($0.number): \($0.words.text(text))" }
    entries = words.filter { styles.contains($0.0) }.flatMap { style, words in words.map { (style, $0) } }
  }

  /// The size of the legend as a drawing.
  var height: Double { 28 + 22 * Double(entries.count + blocks.count) }
  /// Wide enough for the longest entry.
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
