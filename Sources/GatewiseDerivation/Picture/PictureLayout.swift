/// The positions: a card for each layer and step, steps from left to right, layers from bottom to top.
///
/// In a card the three gates that act before the cell state are below it, and the output gate to their right, straight
/// below the output: its path goes around the cell state.
struct PictureLayout {
  private let layers: Int
  private let steps: Int
  /// The layer of the weight.
  let own: Int
  /// Whether its cards have traces on top.
  private let hasTraces: Bool
  /// The row below the weight's layer in which each block of truncated BPTT has its contribution to the gradient.
  private let rows: [Int]
  /// The additional height of a card whose gates have two edges to each preceding output, one of them cut.
  let room: Double

  /// The height of a card without traces and additional space.
  static let card = Size(width: 268, height: 290)
  static let gap = Size(width: 58, height: 94)
  /// The additional height of the cards with traces.
  private static let lane = 84.0
  private static let left = 112.0
  private static let right = 124.0
  private static let lossHeight = 34.0
  private static let aboveStack = 70.0
  private static let belowStack = 98.0

  struct Size {
    let width: Double
    let height: Double
  }

  init(_ graph: PictureGraph) {
    (layers, steps, own) = (graph.layers, graph.steps, graph.derivation.weight.layer)
    hasTraces = graph.nodes.contains { [.trace, .stepGradient].contains($0.kind) }
    rows = ErrorBlock.rows(graph.derivation.errorBlocks)
    room = graph.arcs.contains { $0.isBeside && $0.to.kind == .output } ? 30 : 0
  }

  /// The size of the whole drawing.
  var size: Size {
    Size(
      width: Self.left + Double(steps) * Self.card.width + Double(steps - 1) * Self.gap.width + Self.right,
      height: bottom(ofLayer: 0) + lane(belowLayer: 0) + Self.belowStack)
  }

  /// The vertical offset from the positions in a card without traces.
  func lane(ofLayer layer: Int) -> Double { hasTraces && layer == own ? Self.lane : 0 }

  /// The additional space below a layer's cards.
  private func lane(belowLayer layer: Int) -> Double {
    layer == own && !rows.isEmpty ? railOfBlocks - bottom(ofLayer: layer) + 6 : 0
  }

  /// The height of the row of a block.
  func row(ofBlock block: Int) -> Double { bottom(ofLayer: own) + 26 + 30 * Double(rows[block - 1]) }

  /// The y at which the blocks' gradients are summed.
  var railOfBlocks: Double { bottom(ofLayer: own) + 26 + 30 * Double((rows.max() ?? 0) + 1) + 4 }

  /// The left end of a step's cards.
  func left(ofStep step: Int) -> Double { Self.left + Double(step - 1) * (Self.card.width + Self.gap.width) }

  /// The upper end of a layer's cards.
  func top(ofLayer layer: Int) -> Double {
    ((layer + 1)..<max(layers, layer + 1)).reduce(Self.lossHeight + Self.aboveStack) { top, above in
      top + height(ofLayer: above) + lane(belowLayer: above) + Self.gap.height
    }
  }

  /// The lower end of a layer's cards.
  func bottom(ofLayer layer: Int) -> Double { top(ofLayer: layer) + height(ofLayer: layer) }

  private func height(ofLayer layer: Int) -> Double { Self.card.height + room + lane(ofLayer: layer) }

  /// The cards' upper left corners and sizes.
  var cards: [(corner: Point, size: Size)] {
    (0..<layers).flatMap { layer in
      (1...steps).map { step in
        let corner = Point(left(ofStep: step), top(ofLayer: layer))
        return (corner, Size(width: Self.card.width, height: bottom(ofLayer: layer) - corner.y))
      }
    }
  }

  /// The bar of the loss, from the first step to the last.
  var lossBar: (corner: Point, size: Size) {
    let start = left(ofStep: 1)
    return (Point(start, 2), Size(width: left(ofStep: steps) + Self.card.width - start, height: Self.lossHeight - 4))
  }

  /// The center of a place.
  func center(_ node: PictureNode) -> Point {
    let layer = node.layer ?? own
    let corner = Point(left(ofStep: node.step ?? steps), top(ofLayer: layer))
    let body = Point(corner.x, corner.y + lane(ofLayer: layer))
    switch node.kind {
    case .gate(let gate): return body + Point(Self.column(gate), 214)
    case .cell: return node.step == 0 ? Point(Self.left - 84, body.y + 112) : body + Point(94, 112)
    case .cellReading: return body + Point(152, 81)
    case .output: return node.step == 0 ? Point(Self.left - 84, body.y + 50) : body + Point(Self.outputColumn, 50)
    case .outputReading: return corner + Point(Self.outputColumn, 0)
    case .input: return Point(corner.x + 152, bottom(ofLayer: 0) + lane(belowLayer: 0) + 74)
    case .loss: return Point(corner.x + Self.outputColumn, Self.lossHeight / 2)
    case .partial: return Point(column(ofPartialAt: node), top(ofLayer: layer - 1) - 50)
    case .trace: return corner + Point(62, 28)
    case .outputTrace: return corner + Point(243, 62)
    case .stepGradient: return corner + Point(144, 62)
    case .blockGradient(let block): return Point(corner.x + 262, row(ofBlock: block))
    case .gradient:
      return Point(left(ofStep: steps) + Self.card.width + 72, (corner.y + bottom(ofLayer: layer)) / 2)
    }
  }

  /// The x of the direct path from the output of a layer to the layer below.
  func column(ofPartialAt node: PictureNode) -> Double { left(ofStep: node.step!) + Self.card.width + 8 }

  private static let outputColumn = 210.0

  /// The column of a gate in its card.
  static func column(_ gate: Gate) -> Double {
    switch gate {
    case .forget: 36
    case .input: 94
    case .candidate: 152
    case .output: outputColumn
    }
  }
}

extension PictureNode {
  /// Half the size of the drawn node.
  var reach: PictureLayout.Size {
    switch kind {
    case .cellReading, .outputReading: .init(width: 5, height: 5)
    case .loss: .init(width: 16, height: 13)
    case .trace, .outputTrace: .init(width: 27, height: 12)
    case .stepGradient, .blockGradient: .init(width: 34, height: 12)
    case .partial: .init(width: 34, height: 12)
    case .gradient: .init(width: 36, height: 17)
    default: .init(width: 14, height: 14)
    }
  }
}

extension ErrorBlock {
  /// A row for each block, so that blocks in the same row have no step in common.
  fileprivate static func rows(_ blocks: [ErrorBlock]) -> [Int] {
    var ends: [Int] = []
    return blocks.map { block in
      let row = ends.firstIndex { $0 < block.steps.lowerBound } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = block.steps.upperBound
      return row
    }
  }
}
