extension Picture {
  /// The elements of the drawing.
  ///
  /// - Parameter isLive: Whether a page's script makes the elements interactive; otherwise their titles describe them.
  func drawing(isLive: Bool) -> String {
    let routes = PictureRoutes(layout: layout)
    let nodes = graph.nodes.sorted {
      ($0.step ?? .max, $0.layer ?? -1, $0.name) < ($1.step ?? .max, $1.layer ?? -1, $1.name)
    }
    return
      ([lossBar] + cards + ties(routes)
      + graph.arcs.enumerated().map { drawing(of: $1, routes, isLive: isLive, isFirst: $0 == 0) }
      + nodes.map { drawing(of: $0, isLive: isLive) } + captions).joined(separator: "\n")
  }

  // MARK: - Edges

  private func drawing(of arc: PictureArc, _ routes: PictureRoutes, isLive: Bool, isFirst: Bool) -> String {
    let (stroke, isForward) = routes.stroke(of: arc)
    let words = description(of: arc)
    let label = LabelNotation(step: arc.step).write(arc.partials[0]) + (arc.partials.count > 1 ? " + …" : "")
    let isInside = layout.isInCard(stroke.label.at)
    let edges = arc.runs.map { "\($0.line.number).\($0.index)@\($0.step)" }.joined(separator: " ")
    let live =
      isLive
      ? " data-name=\"\(arc.name)\" tabindex=\"\(isFirst ? 0 : -1)\" role=\"button\" aria-label=\"\(words.escaped)\""
      : ""
    let more = Self.classes(arc.blocks) + (arc.isBeside ? " beside" : "")
    return """
      <g class="\(isLive ? "mark " : "")edge \(arc.style.rawValue)\(more)" data-edges="\(edges)" \
      data-step="\(arc.step)"\(live)>\
      \(isLive ? "<path class=\"hit\" d=\"\(stroke.path)\"/>" : "<title>\(words.escaped)</title>")\
      <path class="line" d="\(stroke.path)"/><path class="head" d="\(stroke.head(atStart: !isForward))"/>\
      <text class="label\(isInside ? " inside" : "")" x="\(stroke.label.at.x.short)" y="\(stroke.label.at.y.short)" \
      text-anchor="\(stroke.label.anchor.rawValue)">\(label)</text></g>
      """
  }

  /// The classes by which a style sheet selects the blocks of an element.
  private static func classes(_ blocks: [Int]) -> String {
    (blocks.isEmpty ? "" : " in-blocks") + blocks.map { " block-\($0)" }.joined()
  }

  /// A textual description of an edge.
  private func description(of arc: PictureArc) -> String {
    let text = TextNotation()
    let run = arc.main
    let path = run.term.path.isEmpty ? "" : ": \(run.term.path)"
    return "Line \(run.line.number), t = \(run.step), \(text.write(run.edge.from)) to \(text.write(run.edge.to))\(path)"
      + (arc.isCut ? "; cut by the rule" : "")
  }

  private func ties(_ routes: PictureRoutes) -> [String] {
    graph.ties.compactMap { routes.tie(from: $0.from, to: $0.to) }.sorted().map { "<path class=\"tie\" d=\"\($0)\"/>" }
  }

  // MARK: - Places

  private func drawing(of node: PictureNode, isLive: Bool) -> String {
    let (center, reach) = (layout.center(node), node.reach)
    let lines = graph.lines[node, default: []].map { "\($0.number)" }
    let isMark = isLive && !lines.isEmpty
    let shape: String
    switch node.kind {
    case .trace, .outputTrace, .stepGradient, .partial, .gradient, .blockGradient:
      shape = """
        <rect class="node" x="\((center.x - reach.width).short)" y="\((center.y - reach.height).short)" \
        width="\((2 * reach.width).short)" height="\((2 * reach.height).short)" rx="\(reach.height.short)"/>
        """
    case .loss: shape = ""
    default:
      shape = "<circle class=\"node\" cx=\"\(center.x.short)\" cy=\"\(center.y.short)\" r=\"\(reach.width.short)\"/>"
    }
    let live =
      """
       data-name="\(node.name)" data-lines="\(lines.joined(separator: " "))" data-step="\(node.step ?? graph.steps)" \
      tabindex="-1" role="button" aria-label="\(description(of: node).escaped)"
      """
    let more = (node.isOfWeight ? " weight" : "") + Self.classes(node.blocks)
    return """
      <g class="\(isMark ? "mark " : "")place\(more)"\(isMark ? live : "")>\
      \(shape)\(letter(of: node))</g>
      """
  }

  private func description(of node: PictureNode) -> String {
    let text = TextNotation()
    let results = graph.lines[node, default: []].map { "\(text.write($0.line.result)), line \($0.number)" }
    return (node.step.map { "t = \($0): " } ?? "") + results.joined(separator: "; ")
  }

  private func letter(of node: PictureNode) -> String {
    let center = layout.center(node)
    let label = LabelNotation(step: node.step ?? 0)
    func text(_ content: String, dx: Double = 0, dy: Double = 5, _ style: String = "letter strong") -> String {
      "<text class=\"\(style)\" x=\"\((center.x + dx).short)\" y=\"\((center.y + dy).short)\">\(content)</text>"
    }
    switch node.kind {
    case .input: return text("x")
    case .cell: return text("c")
    case .output: return text("y")
    case .gate(let gate): return text(gate.letter)
    case .loss: return text("dy")
    case .cellReading: return text(label.write(Quantity(.cellEntry)), dx: 14, dy: 12, "letter pill")
    case .outputReading: return text("e", dx: -13, dy: -5, "letter pill")
    case .trace: return text(label.write(Quantity(.cellTrace)), dy: 4, "letter pill")
    case .outputTrace: return text(label.write(Quantity(.outputTrace)), dy: 4, "letter pill")
    case .stepGradient: return text(label.write(Quantity(.stepGradient)), dy: 4, "letter pill")
    case .partial: return text(label.write(Quantity(.outputByInput, layer: node.layer)), dy: 4, "letter pill")
    case .blockGradient(let block): return text(label.write(Quantity(.gradient, block: block)), dy: 4, "letter pill")
    case .gradient: return text(label.write(Quantity(.gradient)))
    }
  }

  // MARK: - Around them

  private var cards: [String] {
    layout.cards.map { corner, size in
      """
      <rect class="card" x="\(corner.x.short)" y="\(corner.y.short)" width="\(size.width.short)" \
      height="\(size.height.short)" rx="12"/>
      """
    }
  }

  private var lossBar: String {
    let bar = layout.lossBar
    return """
      <rect class="card" x="\(bar.corner.x.short)" y="\(bar.corner.y.short)" width="\(bar.size.width.short)" \
      height="\(bar.size.height.short)" rx="12"/>\
      <text x="\((bar.corner.x + 16).short)" y="\((bar.corner.y + 20).short)">\
      the loss <tspan class="letter strong">E</tspan></text>
      """
  }

  private var captions: [String] {
    let cards = (0..<graph.layers).flatMap { layer in
      (1...graph.steps).map { step in
        """
        <text x="\((layout.left(ofStep: step) + 14).short)" \
        y="\((layout.top(ofLayer: layer) + layout.lane(ofLayer: layer) + 24).short)">layer \(layer)</text>
        """
      }
    }
    let steps = (1...graph.steps).map { step in
      let x = layout.left(ofStep: step) + PictureLayout.card.width - 16
      return "<text x=\"\(x.short)\" y=\"\((layout.size.height - 20).short)\" text-anchor=\"end\">t = \(step)</text>"
    }
    let initial = (0..<graph.layers).map { PictureNode(.cell, layer: $0, step: 0) }.filter(graph.nodes.contains).map {
      let center = layout.center($0)
      return "<text x=\"\(center.x.short)\" y=\"\((center.y + 36).short)\" text-anchor=\"middle\">t = 0</text>"
    }
    return cards + steps + initial
  }
}

extension PictureLayout {
  /// Whether a point is on a card.
  func isInCard(_ point: Point) -> Bool {
    cards.contains { corner, size in
      (corner.x...corner.x + size.width).contains(point.x) && (corner.y...corner.y + size.height).contains(point.y)
    }
  }
}

extension PictureNode {
  /// Whether the node has the color of the weight.
  var isOfWeight: Bool {
    switch kind {
    case .trace, .stepGradient, .gradient, .blockGradient: true
    default: false
    }
  }

  /// The block of the node.
  fileprivate var blocks: [Int] { if case .blockGradient(let block) = kind { [block] } else { [] } }
}
