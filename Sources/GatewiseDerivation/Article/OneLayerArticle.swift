import Gatewise

/// One layer: the forward pass, the errors by all paths, and what the papers leave of them.
struct OneLayerArticle {
  private let network: DerivationNetwork

  init(_ network: DerivationNetwork) { self.network = network }

  func add(to text: inout ArticleText) throws {
    let full = try Gate.allCases.map { try network.derivation(of: Self.name($0), BPTT()) }
    let cut = try Gate.allCases.map { try network.derivation(of: Self.name($0), TruncatedRTRL()) }
    addForward(full[0], to: &text)
    addAllPaths(full, to: &text)
    try addTruncation(cut, to: &text)
    addTraces(cut, to: &text)
  }

  private static func name(_ gate: Gate) -> String { "layer0.\(gate.rawValue).recurrent[1,0]" }

  private func addForward(_ derivation: Derivation, to text: inout ArticleText) {
    text.heading("One layer, forward")
    text.paragraph("Three nets act before the cell state is updated, and one behind it.")
    let kinds: [Quantity.Kind] = [
      .activation(.input), .activation(.forget), .activation(.candidate), .cell, .activation(.output), .output,
    ]
    text.lines(kinds.map { derivation.article($0, layer: 0).line })
  }

  private func addAllPaths(_ derivations: [Derivation], to text: inout ArticleText) {
    text.heading("One layer, all paths: full BPTT")
    text.paragraph(
      """
      E is the sum over all steps and units of outputs times \(Quantity(.lossError, [.variable(.init("k", count: 2))], .now)). \
      Its errors run from the last step to the first, and everything behind the last is zero. In a step they run from the \
      output to the output gate and the cell state, and from there to the other three nets.
      """)
    let first = derivations[0]
    for kind in [.error, .outputError, .delta(.output), .cellEntry, .cellError] as [Quantity.Kind] {
      add(first.article(kind, layer: 0).line, to: &text)
    }
    text.paragraph("The errors of the three net inputs before the cell state, from its own:")
    text.lines([Gate.forget, .input, .candidate].map { first.article(.delta($0), layer: 0).line })
    text.paragraph(
      """
      A weight's gradient is the error of its net times what the weight multiplies, over all steps. For the weights from \
      unit 1 to unit 0:
      """)
    text.lines(derivations.map { $0.lines.last!.line })
    addGradients(derivations, to: &text)
  }

  private func addTruncation(_ derivations: [Derivation], to text: inout ArticleText) throws {
    let all = try [BPTT(), TruncatedRTRL()].map { (rule: any GradientRule) in
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
      Hochreiter and Schmidhuber 1997, and Gers and others after them, take the outputs of step t-1 for constants to all \
      four nets. One line loses paths:
      """)
    text.lines([derivations[0].article(.outputError, layer: 0).line])
    text.paragraph(
      """
      All other lines stay as they are, letter for letter. Over time errors now go through the cell state alone, by the \
      forget gate's factor:
      """)
    text.lines([derivations[0].article(.cellError, layer: 0).line])
    text.paragraph("Where there are peepholes the papers cut these too; the engine lets one choose.")
  }

  /// Equations 3.10 to 3.12, and the output gate, which has none.
  private func addTraces(_ derivations: [Derivation], to text: inout ArticleText) {
    text.heading("Equations 3.10 to 3.12")
    text.paragraph(
      """
      With one path over time, a cell state follows a weight by one number, which can run forward with the network: the \
      trace. The paths through the outputs of step t-1 are those that are cut.
      """)
    for (gate, equation) in [(Gate.candidate, "3.10"), (.input, "3.11"), (.forget, "3.12")] {
      let derivation = derivations[Gate.allCases.firstIndex(of: gate)!]
      text.paragraph("Equation \(equation), a weight of the \(gate.words):")
      text.lines([derivation.article(.cellTrace, layer: 0).line])
    }
    text.paragraph("What the error of step t adds is, for these three:")
    text.lines([derivations[0].article(.stepGradient, layer: nil).line])
    text.paragraph("and for a weight of the output gate, whose error does not pass the cell state and needs no trace:")
    text.lines([derivations[3].article(.stepGradient, layer: nil).line])
    text.paragraph(
      "The traces of the three weights, step by step, and what each step adds to the gradient of all four:")
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
      The sum over steps is what the errors back in time make, with the cut applied: the reverse form and the traces are one \
      gradient.
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
