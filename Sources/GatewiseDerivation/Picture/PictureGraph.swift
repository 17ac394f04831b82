/// The unrolled stack of a derivation: every edge of every line at every step, on an arc shared by all edges between
/// the same two places.
struct PictureGraph {
  let derivation: Derivation
  /// The arcs, step by step and line by line.
  let arcs: [PictureArc]
  /// The places that arcs touch, and those with a line.
  let nodes: Set<PictureNode>
  /// The lines of a place.
  let lines: [PictureNode: [EvaluatedLine]]

  /// T
  var steps: Int { derivation.network.steps }
  /// L
  var layers: Int { derivation.network.configuration.layerCount }

  init(_ derivation: Derivation) {
    self.derivation = derivation
    let runs = derivation.lines.flatMap { $0.runs(in: derivation) }
    // Errors run against the values, so the order of the two ends must not matter.
    let arcs = Dictionary(grouping: runs) { Set([$0.from, $0.to]) }.values.flatMap(Self.arcs)
    self.arcs = arcs.sorted {
      ($0.step, $0.main.line.number, $0.main.index) < ($1.step, $1.main.line.number, $1.main.index)
    }
    var lines: [PictureNode: [EvaluatedLine]] = [:]
    for line in derivation.lines {
      for node in line.places(in: derivation) { lines[node, default: []].append(line) }
    }
    self.lines = lines
    nodes = Set(arcs.flatMap { [$0.from, $0.to] }).union(lines.keys)
  }
}

extension PictureGraph {
  /// The arc, or the two arcs, between two places.
  private static func arcs(of runs: [PictureArc.Run]) -> [PictureArc] {
    let errors = runs.filter { !$0.carriesValue }.sorted { ($0.line.number, $0.index) < ($1.line.number, $1.index) }
    let (cut, open) = (errors.filter(\.edge.isCut), errors.filter { !$0.edge.isCut })
    func arc(_ runs: [PictureArc.Run], isBeside: Bool = false) -> PictureArc {
      PictureArc(from: runs[0].from, to: runs[0].to, runs: runs, isBeside: isBeside)
    }
    let values = runs.filter(\.carriesValue)
    if cut.isEmpty || open.isEmpty { return [arc(errors + values)] }
    return [arc(open + values), arc(cut, isBeside: true)]
  }

  /// Related places without an edge between them: a reader of a quantity, and the quantity itself.
  var ties: [(from: PictureNode, to: PictureNode)] {
    let pairs = nodes.flatMap { node -> [(from: PictureNode, to: PictureNode)] in
      func place(_ kind: PictureNode.Kind, layer: Int) -> PictureNode {
        PictureNode(kind, layer: layer, step: node.step)
      }
      switch node.kind {
      case .cellReading: return [(place(.cell, layer: node.layer!), node)]
      case .outputReading: return [(place(.output, layer: node.layer!), node)]
      case .partial:
        return [(place(.outputReading, layer: node.layer! - 1), place(.outputReading, layer: node.layer!))]
      default: return []
      }
    }
    let connected = Set(arcs.map { Set([$0.from, $0.to]) })
    return pairs.filter { nodes.isSuperset(of: [$0.from, $0.to]) && !connected.contains([$0.from, $0.to]) }
  }
}

extension Line {
  /// The edges of one of its summands.
  func edges(of term: Term) -> [Edge] {
    var line = self
    line.terms = [term]
    return line.edges
  }
}

extension Derivation {
  /// The blocks of truncated BPTT; empty for other rules.
  var errorBlocks: [ErrorBlock] { engine.paths.blocks }

  /// The step at which a quantity of a line at step t is drawn. A block's contribution to the gradient is drawn at its
  /// last step.
  func step(of quantity: Quantity, at t: Int) -> Int? {
    quantity.step.map { t + $0.offset } ?? quantity.block.map { errorBlocks[$0 - 1].steps.upperBound }
  }

  /// The steps at which a quantity is not zero by definition: it is zero after the last step, after the last step of
  /// its block, and where it is the loss's gradient of another block.
  fileprivate func steps(of quantity: Quantity) -> ClosedRange<Int> {
    guard let block = quantity.block.map({ errorBlocks[$0 - 1] }) else { return 1...network.steps }
    return quantity.kind == .lossError ? block.errors : block.steps
  }
}

extension EvaluatedLine {
  /// The places of the line's result.
  fileprivate func places(in derivation: Derivation) -> [PictureNode] {
    (line.result.step == nil ? steps.suffix(1) : steps[...]).compactMap { t in
      PictureNode(line.result, step: derivation.step(of: line.result, at: t))
    }
  }

  /// Its edges at every step, without those from quantities that are zero by definition, such as the derivatives of the
  /// initial state.
  func runs(in derivation: Derivation) -> [PictureArc.Run] {
    let edges = line.terms.flatMap { term in line.edges(of: term).map { (term, $0) } }
    let isValue = line.result.kind.current == .values
    return steps.flatMap { t in
      edges.enumerated().compactMap { index, found -> PictureArc.Run? in
        let (term, edge) = found
        let step = derivation.step(of: edge.from, at: t)
        let known = isValue ? 0...derivation.network.steps : derivation.steps(of: edge.from)
        // A summand without a step is drawn once, at its own place.
        guard known ~= step ?? 1, edge.from.step != nil || step == nil || step == t,
          let from = PictureNode(edge.from, step: step, readBy: isValue ? edge.to : nil),
          let to = PictureNode(edge.to, step: derivation.step(of: edge.to, at: t))
        else { return nil }
        return PictureArc.Run(line: self, index: index, edge: edge, term: term, step: t, from: from, to: to)
      }
    }
  }
}
