import Gatewise

/// The errors inside one layer, from that of its output to those of its four nets (Equations, Backward).
struct ErrorLines {
  private let letters: LayerLetters
  private let paths: RulePaths
  /// Whether the layer's own weights are not the ones asked for, so that it matters only for what it sends below.
  private let isAbove: Bool

  /// The section of one layer.
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
        ? "The error of the output with all that later steps send back through the recurrent weights."
        : "The error of the output. Nothing comes back through the recurrent weights, which read a constant.",
      inStack: unchanged, source: source)
  }

  private var unchanged: Prose { letters.unchanged(paths) }

  private var outputDelta: Line {
    Line(
      result: letters.delta(.output), partial: netInput(.output),
      terms: [.init("around the cell state", product(letters.dh(), letters.outputFactors()))],
      words: "The error of the output gate's net input.", inStack: sentBelow(.output),
      aroundCell: """
        It is taken from \(letters.dh()) directly, and not from \(letters.dc()): the gate stands behind the cell state, \
        which keeps nothing of it.
        """ + lasting,
      source: source)
  }

  /// What later steps have to do with the error of the output gate.
  private var lasting: Prose {
    paths.throughRecurrence
      ? " Later steps reach it only as far as they read the output, by \(letters.dh())."
      : " So it has no part that lasts over steps, and its weights need no trace."
  }

  /// What the layer below, if there is one, gets of a δ.
  private func sentBelow(_ gate: Gate) -> Prose {
    guard letters.layer > 0, isAbove else { return unchanged }
    switch paths.below {
    case .nothing: return "Nothing: it changes this layer's weights alone."
    case .current where gate != .output:
      return
        "It changes this layer's weights alone. What goes to layer \(letters.layer - 1) is \(letters.currentDelta(gate))."
    case .whole, .current:
      return "One layer uses it for its own weights alone. Here it goes to layer \(letters.layer - 1) too, by W."
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
        ? "The output gate sees \(letters.c()) through its peephole: on that way alone its error enters the cell state."
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
      words: "The error of the cell state: what it owes to this step, and what later steps owe to it.",
      inStack: letters.layer > 0 && isAbove && paths.below == .current
        ? "The layer's own weights take it. It is not what goes to layer \(letters.layer - 1)."
        : unchanged,
      source: source)
  }

  private func delta(_ gate: Gate) -> Line {
    Line(
      result: letters.delta(gate), partial: netInput(gate),
      terms: [.init("", product(letters.dc(), letters.cellFactors(gate)))],
      words: "The error of the \(gate.words)'s net input, from that of the cell state.", inStack: sentBelow(gate),
      source: source)
  }

  private func currentDelta(_ gate: Gate) -> Line {
    Line(
      result: letters.currentDelta(gate),
      terms: [.init("", product(letters.es(), letters.cellFactors(gate)))],
      words: """
        The error of the \(gate.words)'s net input for the error of step t alone: \(letters.es()) in place of \
        \(letters.dc()).
        """,
      inStack: "In one layer nothing needs it. It is what layer \(letters.layer) sends to layer \(letters.layer - 1).",
      source: .stack)
  }
}
