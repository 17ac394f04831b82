import Gatewise

/// The stack: which lines change, the error below by each rule, and the output gate.
struct StackArticle {
  private let one: DerivationNetwork
  private let two: DerivationNetwork

  init(_ one: DerivationNetwork, _ two: DerivationNetwork) { (self.one, self.two) = (one, two) }

  func add(to text: inout ArticleText) throws {
    try addChanges(to: &text)
    try addErrorBelow(to: &text)
    try addOutputGate(to: &text)
  }

  private func addChanges(to text: inout ArticleText) throws {
    text.heading("The stack: what changes")
    text.paragraph(
      """
      Let layer 0 feed layer 1. This table compares the lines of each with those of a single layer, formula by formula \
      and cut by cut:
      """)
    let rules: [GradientRule] = [.bptt(), .recurrentCut(), .truncatedRTRL()]
    let columns = try rules.map { rule in
      let paths = try RulePaths(of: rule, steps: two.steps)
      return (
        alone: lines(one.configuration, layer: 0, paths),
        layers: (0...1).map { layer in lines(two.configuration, layer: layer, paths) }
      )
    }
    let all = columns.flatMap { $0.alone + $0.layers.flatMap { $0 } }
    var kinds: [Quantity.Kind] = []
    for line in all where !kinds.contains(line.result.kind) { kinds.append(line.result.kind) }
    let rows = kinds.map { kind in
      let shown = all.first { $0.result.kind == kind }!
      let cells = columns.flatMap { column in
        column.layers.map { lines in
          Self.verdict(lines.filter { $0.result.kind == kind }, column.alone.filter { $0.result.kind == kind })
        }
      }
      return ["`\(TextNotation().write(shown.result))`"] + cells
    }
    let changed = zip(kinds, rows).filter { $1.contains("**changes**") }.map(\.0)
    try BackwardArticle.require(changed == [.error], "a stack changes only the line of e")
    text.table(
      ["line"] + ["BPTT", "R2", "R1"].flatMap { rule in (0...1).map { "\(rule), layer \($0)" } }, rows)
    text.paragraph(
      """
      So the highest layer has the lines of a single layer, with another layer's output in place of the input. Below \
      it one line has a different right side: the error of the output, which was the gradient of the loss and now \
      comes from the layer above. No derivative inside a layer changes. The new lines are the derivatives of one \
      layer's outputs with respect to those of the layer below, and for R1 the errors of the upper pre-activations for \
      the error of a single step, which this rule sends below.
      """)
  }

  /// The lines of one layer: its errors, and a gradient of its own.
  private func lines(_ configuration: LSTMConfiguration, layer: Int, _ paths: RulePaths) -> [Line] {
    let weight = Weight(layer: layer, gate: .forget, kind: .recurrent, from: 1, to: 0)
    let lines =
      ErrorLines.section(configuration, layer: layer, paths, isAbove: layer > 0).lines
      + GradientLines.section(configuration, weight, paths).lines
    // The derivatives of the layer above's outputs are listed with the error that uses them.
    return lines.filter { $0.role != .secondForm }
  }

  private static func verdict(_ lines: [Line], _ alone: [Line]) -> String {
    if lines.isEmpty { return "" }
    if alone.isEmpty { return "new" }
    let isSame = zip(lines, alone).allSatisfy { line, other in
      line.terms.map { $0.expression.mapping(\.ofLowestLayer) } == other.terms.map(\.expression)
        && line.terms.map(\.cut) == other.terms.map(\.cut)
    }
    return isSame && lines.count == alone.count ? "same" : "**changes**"
  }

  private func addErrorBelow(to text: inout ArticleText) throws {
    text.heading("The error below")
    let rules: [(GradientRule, Prose)] = [
      (.bptt(), "Full BPTT and R2: the full errors of the four upper pre-activations."),
      (
        .truncatedRTRL(),
        "R1: only the contribution of the error of step t, without the errors accumulated in the cell state."
      ),
      (.truncatedRTRL(lowerLayers: .none), "R0: nothing, as the papers state literally."),
    ]
    for (rule, words) in rules {
      text.paragraph(words)
      // By R0 no derivation of a lower weight needs the line, as the line itself says.
      let paths = try RulePaths(of: rule, steps: two.steps)
      let lines = ErrorLines.section(two.configuration, layer: 0, paths, isAbove: false).lines
      text.lines([lines.first { $0.result.kind == .error && $0.role == .step }!])
    }
    let derivation = try two.derivation(of: "layer0.forget.recurrent[0,0]", .truncatedRTRL())
    text.paragraph(
      """
      In the papers' form, R1 is the upper layer's errors times the derivatives of its outputs; the result is then \
      used as the error of the outputs of a single layer:
      """)
    text.lines([derivation.lines.first { $0.line.result.kind == .error && $0.line.role == .secondForm }!.line])
  }

  private func addOutputGate(to text: inout ArticleText) throws {
    text.heading("Why the output gate is treated separately")
    let derivation = try two.derivation(of: "layer0.forget.recurrent[0,0]", .truncatedRTRL())
    let line = derivation.article(.outputByInput, layer: 1).line
    text.paragraph(
      "The derivative that a second layer adds has four paths, one per pre-activation that reads the lower output:")
    text.lines([line])
    if let aroundCell = line.aroundCell { text.paragraph(aroundCell) }
    let letters = LayerLetters(two.configuration, layer: 1)
    text.paragraph(
      """
      The cell state of layer 1 keeps the effect that an output of layer 0 has at step t through three of the \
      pre-activations, and later steps receive it through \(letters.gate(.forget, nil, .after)). The effect through \
      the output gate ends with the step. So the output gate has no trace, no part in \(letters.dc()), and no \
      difference between R1 and R2: its \(letters.delta(.output)) is the same in both. It has a part in the error \
      below, like the other three.
      """)
  }
}

extension Quantity {
  /// The same quantity as if the layer were the lowest, which reads the input.
  fileprivate var ofLowestLayer: Quantity {
    switch layer {
    case 1: Quantity(kind, layer: 0, indices, step, block: block)
    default: self
    }
  }
}
