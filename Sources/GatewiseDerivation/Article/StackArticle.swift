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
      Let layer 0 feed layer 1. The lines of each, beside those of a layer that is alone, compared formula by formula and \
      cut by cut:
      """)
    let rules: [any GradientRule] = [BPTT(), RecurrentCut(), TruncatedRTRL()]
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
    try BackwardArticle.require(changed == [.error], "a stack changes no line but that of e")
    text.table(
      ["line"] + ["BPTT", "R2", "R1"].flatMap { rule in (0...1).map { "\(rule), layer \($0)" } }, rows)
    text.paragraph(
      """
      So the highest layer is as one layer is, and reads another layer in place of an input. Below it one line has another \
      right side: the error of the output, which was the loss's and is now what the layer above makes of it. No derivative \
      inside a layer changes. New are the derivatives of one layer's outputs by those of the layer below, and by R1 the \
      errors of the upper nets for the error of one step alone, which is what goes below by this rule.
      """)
  }

  /// The lines of one layer: its errors, and a gradient of its own.
  private func lines(_ configuration: LSTMConfiguration, layer: Int, _ paths: RulePaths) -> [Line] {
    let weight = Weight(layer: layer, gate: .forget, kind: .recurrent, from: 1, to: 0)
    let lines =
      ErrorLines.section(configuration, layer: layer, paths, isAbove: layer > 0).lines
      + GradientLines.section(configuration, weight, paths).lines
    // The derivatives of the layer above's outputs stand with the error that they are for.
    return lines.filter { $0.role != .secondForm }
  }

  private static func verdict(_ lines: [Line], _ alone: [Line]) -> String {
    if lines.isEmpty { return "" }
    if alone.isEmpty { return "new" }
    let isSame = zip(lines, alone).allSatisfy { line, other in
      line.terms.map { $0.expression.mapping(\.ofLowestLayer) } == other.terms.map(\.expression)
        && line.terms.map(\.cut) == other.terms.map(\.cut)
    }
    return isSame && lines.count == alone.count ? "as alone" : "**changes**"
  }

  private func addErrorBelow(to text: inout ArticleText) throws {
    text.heading("The error below")
    let rules: [(any GradientRule, Prose)] = [
      (BPTT(), "Full BPTT, and R2 likewise: all that the errors of the four upper nets hold."),
      (
        TruncatedRTRL(),
        "R1: what the error of step t alone makes of them, and nothing that the cell state has gathered."
      ),
      (TruncatedRTRL(lowerLayers: .none), "R0: nothing, as the papers have it to the letter."),
    ]
    for (rule, words) in rules {
      text.paragraph(words)
      // By R0 no derivation of a lower weight needs the line, which is what it says.
      let paths = try RulePaths(of: rule, steps: two.steps)
      let lines = ErrorLines.section(two.configuration, layer: 0, paths, isAbove: false).lines
      text.lines([lines.first { $0.result.kind == .error && $0.role == .step }!])
    }
    let derivation = try two.derivation(of: "layer0.forget.recurrent[0,0]", TruncatedRTRL())
    text.paragraph(
      """
      R1 in the papers' manner is the upper layer's errors times the derivatives of its outputs, and then what one layer \
      does with the error of its outputs:
      """)
    text.lines([derivation.lines.first { $0.line.result.kind == .error && $0.line.role == .secondForm }!.line])
  }

  private func addOutputGate(to text: inout ArticleText) throws {
    text.heading("Why the output gate is treated apart")
    let derivation = try two.derivation(of: "layer0.forget.recurrent[0,0]", TruncatedRTRL())
    let line = derivation.article(.outputByInput, layer: 1).line
    text.paragraph(
      "The derivative that a second layer adds has four paths, one for each net that reads the lower output:")
    text.lines([line])
    if let aroundCell = line.aroundCell { text.paragraph(aroundCell) }
    let letters = LayerLetters(two.configuration, layer: 1)
    text.paragraph(
      """
      Of what an output of layer 0 does at step t, the cell state of layer 1 keeps what came by three of the nets, and \
      later steps see it by \(letters.gate(.forget, nil, .after)). What came by the output gate is gone when the step is \
      over. So it has no trace, no part in \(letters.dc()), and no difference between R1 and R2: its \(letters.delta(.output)) \
      is the same in both. It has a part in the error below, like the other three.
      """)
  }
}

extension Quantity {
  /// The same as if the layer were the lowest, which reads the input.
  fileprivate var ofLowestLayer: Quantity {
    switch layer {
    case 1: Quantity(kind, layer: 0, indices, step, block: block)
    default: self
    }
  }
}
