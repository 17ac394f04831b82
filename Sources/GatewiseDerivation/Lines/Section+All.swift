import Gatewise

extension Section {
  /// Everything that leads to the gradient of a weight by a rule: the forward pass, the errors from the highest layer
  /// down to the weight's own, and the gradient. If a rule sends errors back in blocks, errors and gradient for each
  /// block, and the sum.
  static func all(_ configuration: LSTMConfiguration, _ weight: Weight, _ paths: RulePaths) -> [Section] {
    let layers = 0..<configuration.layerCount
    let sections =
      layers.map { ForwardLines.section(configuration, layer: $0) }
      + layers.reversed().filter { $0 >= weight.layer }.map {
        ErrorLines.section(configuration, layer: $0, paths, isAbove: $0 > weight.layer)
      } + [GradientLines.section(configuration, weight, paths)]
    return paths.blocks.isEmpty ? needed(sections) : BlockLines.sections(needed(sections), paths.blocks)
  }

  /// The key of a line: a kind of quantity of one layer.
  private struct Subject: Hashable {
    let kind: Quantity.Kind
    let layer: Int?

    init(_ quantity: Quantity) { (kind, layer) = (quantity.kind, quantity.layer) }
  }

  /// The sections without the lines that neither the gradient nor a line shown for itself uses.
  private static func needed(_ sections: [Section]) -> [Section] {
    let lines = sections.flatMap(\.lines)
    let makers = Dictionary(
      lines.filter { $0.role != .secondForm }.map { (Subject($0.result), $0) }, uniquingKeysWith: { first, _ in first })
    var found: Set<Subject> = []
    var open = lines.filter { $0.role != .step || $0.result.kind == .gradient }
    while let line = open.popLast() {
      // A second form belongs to the quantity of another line.
      guard line.role == .secondForm || found.insert(Subject(line.result)).inserted else { continue }
      open += line.terms.filter { $0.cut == nil }.flatMap(\.expression.quantities).compactMap { makers[Subject($0)] }
    }
    return sections.compactMap { section in
      var section = section
      section.lines.removeAll { !found.contains(Subject($0.result)) }
      return section.lines.isEmpty ? nil : section
    }
  }
}
