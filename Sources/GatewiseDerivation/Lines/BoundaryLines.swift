import Gatewise

/// The error of a layer's output: from the loss, or from the four gates of the layer above.
struct BoundaryLines {
  private let letters: LayerLetters
  private let paths: RulePaths

  init(_ letters: LayerLetters, _ paths: RulePaths) { (self.letters, self.paths) = (letters, paths) }

  /// The lines in order; one of them is the line of e.
  var lines: [Line] {
    guard !letters.isHighest else { return [fromLoss] }
    switch paths.below {
    case .whole: return [partial, fromAbove]
    case .current: return [partial, fromAbove, byPartials]
    case .nothing: return [fromAbove]
    }
  }

  private var fromLoss: Line {
    Line(
      result: letters.e(), partial: letters.y(),
      terms: [.init("the loss", Quantity(.lossError, [letters.k], .now))],
      words: "The gradient of the loss with respect to the output.",
      inStack: letters.isOnly
        ? "Nothing: there is one layer."
        : "Nothing: layer \(letters.layer) is the highest, and all its lines are those of one layer.",
      source: paths.throughRecurrence ? .fullBackward : .truncated)
  }

  /// ∂y/∂y of the layer below, the derivative in question for stacked layers.
  private var partial: Line {
    let above = letters.above
    let (m, k) = (above.m, above.k)
    func cellPath(_ gate: Gate) -> Expression {
      product(Expression.product(above.cellFactors(gate)), [above.inputWeight(gate, from: m, to: k).expression])
    }
    var terms = Gate.beforeCell.map { gate in
      Line.Term(
        "through the \(gate.words) and the cell state", Expression.product(above.cellToOutput() + [cellPath(gate)]))
    }
    if above.hasPeepholes {
      terms.append(
        Line.Term(
          "through the cell state and the output gate's peephole",
          Expression.product(
            above.outputFactors() + [above.peephole(.output).expression, .sum(Gate.beforeCell.map(cellPath))]),
          cut: paths.peepholeCut(.output)))
    }
    terms.append(
      Line.Term(
        "through the output gate, around the cell state",
        Expression.product(above.outputFactors() + [above.inputWeight(.output, from: m, to: k).expression])))
    return Line(
      result: Quantity(.outputByInput, layer: above.layer, [m, k], .now), terms: terms,
      words: """
        The derivative of the output of layer \(above.layer) with respect to that of layer \(letters.layer) at the \
        same step: one path for each of the four pre-activations.
        """,
      inStack: "One layer has no such derivative. A second layer adds it; all others are unchanged.",
      aroundCell: """
        The input gate, forget gate and candidate change \(above.c()), so their paths have the factor \
        \(Expression.product(above.cellToOutput())). The output gate multiplies \
        \(Expression.function(.tanh, above.c().expression)) afterwards: its path has the factor \
        \(Expression.product(above.outputFactors())) instead, and the cell state does not store it.
        """,
      source: .stack, role: .aside)
  }

  private func deltaAbove(_ gate: Gate) -> Quantity {
    paths.below == .current ? letters.above.currentDelta(gate) : letters.above.delta(gate)
  }

  private var fromAbove: Line {
    let above = letters.above
    let cut: Line.Cut? = paths.below == .nothing ? .below : nil
    var terms = Gate.allCases.map { gate in
      Line.Term(
        "from the \(gate.words)" + (gate == .output ? ", around the cell state" : ""),
        Expression.total(
          above.units, product(deltaAbove(gate), above.inputWeight(gate, from: above.m, to: above.k))), cut: cut)
    }
    if paths.below == .current { terms.append(remembered) }
    return Line(
      result: letters.e(above.m), partial: letters.y(above.m), terms: terms, words: words, inStack: inStack,
      aroundCell: """
        The fourth term is often omitted. It does not pass through \(above.c()), and it is not smaller than the \
        others: without it layer \(above.layer) stays exactly right, and every layer below it is wrong.
        """,
      source: .stack)
  }

  /// The error of later steps through the cell state above: R2 keeps it, R1 drops it.
  private var remembered: Line.Term {
    let above = letters.above
    let nets = Gate.beforeCell.map { gate in
      product(
        Expression.product(above.cellFactors(gate)), [above.inputWeight(gate, from: above.m, to: above.k).expression])
    }
    var later = [product(above.gate(.forget, nil, .after), above.dc(nil, .after))]
    if above.hasPeepholes, paths.peepholes == .attached {
      later += [Gate.input, .forget].map { product(above.delta($0, nil, .after), above.peephole($0)) }
    }
    return Line.Term(
      "from later steps, through the cell state", Expression.total(above.units, product(sum(later), [.sum(nets)])),
      cut: .memory)
  }

  private var words: Prose {
    let above = letters.above.layer
    switch paths.below {
    case .whole:
      return """
        The error of the output of layer \(letters.layer): the errors of all four pre-activations of layer \(above), \
        including the errors of later steps.
        """
    case .current:
      return """
        The error of the output of layer \(letters.layer): the errors of the four pre-activations of layer \(above) at \
        this step, for the error of this step alone.
        """
    case .nothing:
      return "The error of the output of layer \(letters.layer): none, as the input of layer \(above) is a constant."
    }
  }

  private var inStack: Prose {
    let lossError = Quantity(.lossError, [letters.above.m], .now)
    let first: Prose = """
      For one layer this line is \(letters.e(letters.above.m)) = \(lossError). It is the only line of layer \
      \(letters.layer) that changes: its right side is now a sum over the units and pre-activations of layer \
      \(letters.above.layer).
      """
    switch paths.below {
    case .whole:
      return first
    case .current:
      return first + """
          The error that reaches earlier steps of layer \(letters.layer) through the cell state of layer \
         \(letters.above.layer) is dropped: the line contains \(letters.above.es()) instead of \(letters.above.dc()).
        """
    case .nothing:
      return first + " This rule drops all four terms: layer \(letters.layer) does not learn from the loss."
    }
  }

  /// The same error in the form of the papers, by the derivative of the output.
  private var byPartials: Line {
    let above = letters.above
    let partial = Quantity(.outputByInput, layer: above.layer, [above.m, above.k], .now)
    return Line(
      result: letters.e(above.m), partial: letters.y(above.m),
      terms: [.init("", Expression.total(above.units, product(above.e(), partial)))],
      words: """
        The same error from the derivatives of the outputs: the errors of layer \(above.layer), each times the \
        derivative of its unit with respect to the unit below.
        """,
      inStack: """
        Use \(letters.e(above.m)) in layer \(letters.layer) in the same way as one layer uses the error of the loss.
        """,
      source: .stack, role: .secondForm)
  }
}
