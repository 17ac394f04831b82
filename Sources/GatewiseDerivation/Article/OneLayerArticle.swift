import Gatewise

/// One layer: the forward pass, the errors by all paths, and the paths that the papers' truncation keeps.
struct OneLayerArticle {
  private let network: DerivationNetwork

  init(_ network: DerivationNetwork) { self.network = network }

  func add(to text: inout ArticleText) throws {
    let full = try Gate.allCases.map { try network.derivation(of: Self.name($0), .bptt()) }
    let cut = try Gate.allCases.map { try network.derivation(of: Self.name($0), .truncatedRTRL()) }
    addForward(full[0], to: &text)
    addAllPaths(full, to: &text)
    try addTruncation(cut, to: &text)
    addTraces(cut, to: &text)
  }

  private static func name(_ gate: Gate) -> String { "layer0.\(gate.rawValue).recurrent[1,0]" }

  private func addForward(_ derivation: Derivation, to text: inout ArticleText) {
    text.heading("One layer, forward")
    text.paragraph("Three pre-activations are computed before the cell state is updated, and one after it.")
    let kinds: [Quantity.Kind] = [
      .activation(.input), .activation(.forget), .activation(.candidate), .cell, .activation(.output), .output,
    ]
    text.lines(kinds.map { derivation.article($0, layer: 0).line })
  }

  private func addAllPaths(_ derivations: [Derivation], to text: inout ArticleText) {
    text.heading("One layer, all paths: full BPTT")
    text.paragraph(
      """
      E is the sum over all steps and units of the outputs times \
      \(Quantity(.lossError, [.variable(.init("k", count: 2))], .now)). The errors run from the last step to the \
      first, and everything after the last step is zero. Within a step they run from the output to the output gate and \
      the cell state, and from there to the other three pre-activations.
      """)
    let first = derivations[0]
    for kind in [.error, .outputError, .delta(.output), .cellEntry, .cellError] as [Quantity.Kind] {
      add(first.article(kind, layer: 0).line, to: &text)
    }
    text.paragraph("The errors of the three pre-activations before the cell state, from the error of the cell state:")
    text.lines([Gate.forget, .input, .candidate].map { first.article(.delta($0), layer: 0).line })
    text.paragraph(
      """
      The gradient of a weight is the error of its pre-activation times the weight's input, summed over all steps. For \
      the weights from unit 1 to unit 0:
      """)
    text.lines(derivations.map { $0.lines.last!.line })
    addGradients(derivations, to: &text)
  }

  private func addTruncation(_ derivations: [Derivation], to text: inout ArticleText) throws {
    let all = try [.bptt(), .truncatedRTRL()].map { (rule: GradientRule) in
      let paths = try RulePaths(of: rule, steps: network.steps)
      return ErrorLines.section(network.configuration, layer: 0, paths, isAbove: false).lines
    }
    let changed = zip(all[0], all[1]).filter { $0.terms.map(\.cut) != $1.terms.map(\.cut) }
    try BackwardArticle.require(
      all[0].map { $0.terms.map(\.expression) } == all[1].map { $0.terms.map(\.expression) }
        && changed.map(\.0.result.kind) == [.outputError], "the truncation cuts paths of one line and changes no other")
    text.heading("One layer, the papers' truncation")
    text.paragraph(
      """
      Hochreiter and Schmidhuber 1997, and Gers and others after them, treat the outputs of step t-1 as constants in \
      all four pre-activations. One line loses paths:
      """)
    text.lines([derivations[0].article(.outputError, layer: 0).line])
    text.paragraph(
      """
      All other lines are unchanged. Over time errors now pass only through the cell state, by the factor of the \
      forget gate:
      """)
    text.lines([derivations[0].article(.cellError, layer: 0).line])
    text.paragraph("If there are peepholes, the papers cut their paths too; in the engine this is a choice.")
  }

  /// Equations 3.10 to 3.12, and the output gate, which has none.
  private func addTraces(_ derivations: [Derivation], to text: inout ArticleText) {
    text.heading("Equations 3.10 to 3.12")
    text.paragraph(
      """
      With one path over time, the derivative of a cell state with respect to a weight is one number, which can be \
      computed forward with the network: the trace. The paths through the outputs of step t-1 are the ones that are \
      cut.
      """)
    for (gate, equation) in [(Gate.candidate, "3.10"), (.input, "3.11"), (.forget, "3.12")] {
      let derivation = derivations[Gate.allCases.firstIndex(of: gate)!]
      text.paragraph("Equation \(equation), a weight of the \(gate.words):")
      text.lines([derivation.article(.cellTrace, layer: 0).line])
    }
    text.paragraph("For these three, the error of step t adds:")
    text.lines([derivations[0].article(.stepGradient, layer: nil).line])
    text.paragraph(
      "and for a weight of the output gate, whose error does not pass through the cell state and needs no trace:")
    text.lines([derivations[3].article(.stepGradient, layer: nil).line])
    text.paragraph(
      "The traces of the three weights, step by step, and the contribution of each step to all four gradients:")
    var rows: [[String]] = []
    for derivation in derivations {
      let weight = "`\(TextNotation().write(derivation.weight.quantity))`"
      for (kind, layer) in [(Quantity.Kind.cellTrace, 0), (.stepGradient, nil)] as [(Quantity.Kind, Int?)] {
        guard derivation.weight.gate != .output || kind == .stepGradient else { continue }
        let line = derivation.article(kind, layer: layer)
        rows.append(
          ["`\(TextNotation().write(line.line.result))`, w = \(weight)"] + line.rows[0].numbers.map(ArticleText.number))
      }
    }
    text.table([""] + (1...network.steps).map { "t = \($0)" }, rows, numbersFrom: 1)
    addGradients(derivations, to: &text)
    text.paragraph(
      """
      The sum over steps equals the gradient by backpropagated errors with the same cut: the reverse form and the \
      traces give one gradient.
      """)
  }

  private func add(_ line: Line, to text: inout ArticleText) {
    text.paragraph(line.words + (line.aroundCell.map { " " + $0 } ?? ""))
    text.lines([line])
  }

  private func addGradients(_ derivations: [Derivation], to text: inout ArticleText) {
    text.table(
      ["w", "the lines", "the engine", "the complex step"],
      derivations.map { derivation in
        ["`\(TextNotation().write(derivation.weight.quantity))`"]
          + [derivation.gradient, derivation.lines.last!.rows[0].engine![0], derivation.complexStep]
          .map(ArticleText.number)
      }, numbersFrom: 1)
  }
}
