import Gatewise

/// The errors inside one layer, from the error of its output to those of its four pre-activations (Equations,
/// Backward).
struct ErrorLines {
  private let letters: LayerLetters
  private let paths: RulePaths
  /// Whether the layer is above the weight's layer, so that only the errors that it sends below matter.
  private let isAbove: Bool

  /// Creates the section of one layer.
  static func section(
    _ configuration: LSTMConfiguration, layer: Int, _ paths: RulePaths, isAbove: Bool
  ) -> Section {
    let letters = LayerLetters(configuration, layer: layer)
    let lines = ErrorLines(letters: letters, paths: paths, isAbove: isAbove)
    return Section(
      title: "Errors, layer \(layer)" + (isAbove ? ", which layer \(layer - 1) feeds" : ""), order: .backward,
      lines: BoundaryLines(letters, paths).lines + lines.all)
  }

  private var all: [Line] {
    var lines = [outputError, outputDelta, cellEntry]
    let sendsCurrent = isAbove && paths.below == .current
    if sendsCurrent { lines += Gate.beforeCell.map(currentDelta) }
    var own = [cellError] + [Gate.forget, .input, .candidate].map(delta)
    if sendsCurrent { for index in own.indices { own[index].role = .aside } }
    return lines + own
  }

  private var source: Source { paths.throughRecurrence ? .fullBackward : .truncated }

  private var outputError: Line {
    let (k, j) = (letters.k, letters.j)
    let terms = Gate.allCases.map { gate in
      Line.Term(
        "back from the \(gate.words) of step t+1",
        Expression.total(
          letters.summedUnits, product(letters.delta(gate, j, .after), letters.recurrentWeight(gate, from: k, to: j))),
        cut: paths.recurrenceCut)
    }
    return Line(
      result: letters.dh(), terms: [.init("from above", letters.e())] + terms,
      words: paths.throughRecurrence
        ? "The error of the output, including the errors of later steps through the recurrent weights."
        : "The error of the output. No error comes back through the recurrent weights, which read a constant.",
      inStack: unchanged, source: source)
  }

  private var unchanged: Prose { letters.unchanged(paths) }

  private var outputDelta: Line {
    Line(
      result: letters.delta(.output), partial: netInput(.output),
      terms: [.init("around the cell state", product(letters.dh(), letters.outputFactors()))],
      words: "The error of the output gate's pre-activation.", inStack: sentBelow(.output),
      aroundCell: """
        It is computed from \(letters.dh()) directly, not from \(letters.dc()): the gate acts after the cell state, \
        which does not store its effect.
        """ + lasting,
      source: source)
  }

  /// The part of later steps in the error of the output gate.
  private var lasting: Prose {
    paths.throughRecurrence
      ? " Later steps contribute only through the output, by \(letters.dh())."
      : " So none of it persists over steps, and its weights need no trace."
  }

  /// The use of a δ in the layer below, if there is one.
  private func sentBelow(_ gate: Gate) -> Prose {
    guard letters.layer > 0, isAbove else { return unchanged }
    switch paths.below {
    case .nothing: return "Nothing: it changes only this layer's weights."
    case .current where gate != .output:
      return
        "It changes only this layer's weights. Layer \(letters.layer - 1) gets \(letters.currentDelta(gate)) instead."
    case .whole, .current:
      return "A single layer uses it only for its own weights. Here layer \(letters.layer - 1) receives it too, by W."
    }
  }

  private func netInput(_ gate: Gate) -> Quantity {
    Quantity(.netInput(gate), layer: letters.layer, [letters.k], .now)
  }

  private var cellEntry: Line {
    var terms = [Line.Term("through the cell state", product(letters.dh(), letters.cellToOutput()))]
    if letters.hasPeepholes {
      terms.append(
        Line.Term(
          "through the output gate's peephole", product(letters.delta(.output), [letters.peephole(.output).expression]),
          cut: paths.peepholeCut(.output)))
    }
    return Line(
      result: letters.es(), terms: terms, words: "The error that enters the cell state at step t.", inStack: unchanged,
      aroundCell: letters.hasPeepholes && paths.peepholeCut(.output) == nil
        ? "The output gate reads \(letters.c()) through its peephole: by this path its error enters the cell state."
        : "The output gate's error is not part of it.",
      source: source)
  }

  private var cellError: Line {
    var terms = [
      Line.Term("of this step", letters.es()),
      Line.Term(
        "back through the cell state", product(letters.gate(.forget, nil, .after), letters.dc(nil, .after))),
    ]
    if letters.hasPeepholes {
      terms += [Gate.input, .forget].map { gate in
        Line.Term(
          "back through the \(gate.words)'s peephole",
          product(letters.delta(gate, nil, .after), letters.peephole(gate)), cut: paths.peepholeCut(gate))
      }
    }
    return Line(
      result: letters.dc(), partial: letters.c(), terms: terms,
      words: "The error of the cell state: that of this step plus those of later steps.",
      inStack: letters.layer > 0 && isAbove && paths.below == .current
        ? "The layer's own weights use it. Layer \(letters.layer - 1) does not receive it."
        : unchanged,
      source: source)
  }

  private func delta(_ gate: Gate) -> Line {
    Line(
      result: letters.delta(gate), partial: netInput(gate),
      terms: [.init("", product(letters.dc(), letters.cellFactors(gate)))],
      words: "The error of the \(gate.words)'s pre-activation, from that of the cell state.", inStack: sentBelow(gate),
      source: source)
  }

  private func currentDelta(_ gate: Gate) -> Line {
    Line(
      result: letters.currentDelta(gate),
      terms: [.init("", product(letters.es(), letters.cellFactors(gate)))],
      words: """
        The error of the \(gate.words)'s pre-activation for the error of step t alone: \(letters.es()) in place of \
        \(letters.dc()).
        """,
      inStack: "A single layer does not need it. Layer \(letters.layer) sends it to layer \(letters.layer - 1).",
      source: .stack)
  }
}
