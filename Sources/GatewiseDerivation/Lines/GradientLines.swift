import Gatewise

/// From the errors of the weight's own layer to the gradient: by the error of its pre-activation, and by traces as in
/// the papers if only the cell state carries errors over time.
struct GradientLines {
  private let weight: Weight
  private let letters: LayerLetters
  private let paths: RulePaths

  /// Creates the section of a weight.
  static func section(_ configuration: LSTMConfiguration, _ weight: Weight, _ paths: RulePaths) -> Section {
    let lines = GradientLines(
      weight: weight, letters: LayerLetters(configuration, layer: weight.layer), paths: paths)
    return Section(title: "The gradient", order: .forward, lines: lines.all)
  }

  private var all: [Line] {
    guard !paths.throughRecurrence else { return [gradient] }
    guard weight.gate != .output else { return paths.isOnline ? [stepGradient, onlineGradient, gradient] : [gradient] }
    return paths.isOnline ? [trace, stepGradient, onlineGradient, gradient] : [trace, tracedGradient, gradient]
  }

  private var k: Index { .number(weight.to) }
  private var result: Quantity { Quantity(.gradient) }
  private var step: Quantity { Quantity(.stepGradient, [], .now) }

  /// Equations 3.10 to 3.12.
  private var trace: Line {
    let slope = letters.cellFactors(weight.gate, k)
    var terms = [
      Line.Term("kept by the cell state", product(letters.gate(.forget, k), letters.trace(k, .before)))
    ]
    if letters.hasPeepholes {
      terms += [Gate.input, .forget].map { gate in
        Line.Term(
          "kept through the \(gate.words)'s peephole",
          product(
            Expression.product(letters.cellFactors(gate, k)),
            [letters.peephole(gate, k).expression, letters.trace(k, .before).expression]), cut: paths.peepholeCut(gate))
      }
    }
    terms.append(Line.Term("through the weight at step t", product(Expression.product(slope), [weight.factor])))
    terms += Gate.beforeCell.map { gate in
      let reached = letters.recurrentWeight(gate, from: letters.j, to: k)
      let outputs = Quantity(.outputTrace, layer: letters.layer, [letters.j], .before)
      return Line.Term(
        "through y(t-1) and the \(gate.words)",
        product(
          Expression.product(letters.cellFactors(gate, k)), [.total(letters.summedUnits, product(reached, outputs))]),
        cut: .recurrence)
    }
    return Line(
      result: letters.trace(k), terms: terms,
      words: """
        The trace of the weight: the derivative of the cell state with respect to it, computed forward in time. One \
        number per weight is enough, because by this rule no other unit's state depends on w.
        """,
      inStack: letters.isHighest
        ? "Nothing."
        : "Nothing: it is inside layer \(weight.layer). Only the error that multiplies it comes from above.",
      source: .trace(weight.gate))
  }

  private var stepGradient: Line {
    let isOutput = weight.gate == .output
    return Line(
      result: step,
      terms: [
        isOutput
          ? .init("around the cell state", product(letters.delta(.output, k), [weight.factor]))
          : .init("through the cell state", product(letters.es(k), letters.trace(k)))
      ],
      words: isOutput
        ? "The contribution of the error of step t to the gradient: the output gate needs no trace."
        : "The contribution of the error of step t to the gradient, without going back in time.",
      inStack: letters.unchanged(paths),
      aroundCell: isOutput
        ? "Its error is that of \(letters.delta(.output, k)), which does not pass through the cell state." : nil,
      source: isOutput ? .truncated : .trace(weight.gate), role: .aside)
  }

  private var onlineGradient: Line {
    Line(
      result: result, terms: [.init("", Expression.totalOverSteps(.quantity(step)))],
      words: "The gradient, accumulated while the network runs.", inStack: "Nothing.",
      source: weight.gate == .output ? .truncated : .trace(weight.gate), role: .secondForm)
  }

  private var tracedGradient: Line {
    Line(
      result: result, terms: [.init("", Expression.totalOverSteps(product(letters.es(k), letters.trace(k))))],
      words: "The gradient by the trace.",
      inStack: letters.isHighest
        ? "Nothing."
        : """
        The trace belongs to one layer and can run forward, but the error in \(letters.es(k)) has come back through \
        the cell state of layer \(letters.layer + 1): by this rule a lower layer cannot learn while the network runs.
        """,
      source: .trace(weight.gate), role: .secondForm)
  }

  private var gradient: Line {
    Line(
      result: result,
      terms: [.init("", Expression.totalOverSteps(product(letters.delta(weight.gate, k), [weight.factor])))],
      words: "The gradient of the weight: the error of its pre-activation times its input, over all steps.",
      inStack: inStack, source: paths.throughRecurrence ? .fullBackward : .truncated)
  }

  private var inStack: Prose {
    if weight.kind == .input, weight.layer > 0 {
      return "The weight multiplies \(weight.factor), the output of layer \(weight.layer - 1), in place of an input."
    }
    return letters.unchanged(paths)
  }
}
