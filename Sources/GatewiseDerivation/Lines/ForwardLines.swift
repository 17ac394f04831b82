import Gatewise

/// The forward pass of one layer (Equations, Forward): what later lines are made of.
struct ForwardLines {
  private let letters: LayerLetters

  /// The section of one layer.
  static func section(_ configuration: LSTMConfiguration, layer: Int) -> Section {
    let lines = ForwardLines(letters: LayerLetters(configuration, layer: layer))
    return Section(
      title: "Forward, layer \(layer)", order: .forward,
      lines: [
        lines.gate(.input), lines.gate(.forget), lines.gate(.candidate), lines.cell, lines.gate(.output), lines.output,
      ]
    )
  }

  private var source: Source { letters.hasPeepholes ? .peepholes : .forgetGates }

  private func gate(_ gate: Gate) -> Line {
    let (m, j, k) = (letters.m, letters.j, letters.k)
    var net: [Expression] = [
      .total(letters.inputs, product(letters.read(m), letters.inputWeight(gate, from: m, to: k))),
      .total(letters.summedUnits, product(letters.y(j, .before), letters.recurrentWeight(gate, from: j, to: k))),
      letters.bias(gate).expression,
    ]
    if letters.hasPeepholes, gate != .candidate {
      net.append(product(letters.peephole(gate), letters.c(k, gate == .output ? .now : .before)))
    }
    let function: Expression.Function = gate == .candidate ? .tanh : .logistic
    var line = Line(
      result: letters.gate(gate), terms: [.init("", Expression.function(function, .sum(net)))],
      words: words(gate), inStack: inStack(gate), source: source)
    if gate == .output {
      line.aroundCell = """
        \(letters.gate(.output)) is not part of \(letters.c()): it acts behind the cell state, the other three before it.
        """
    }
    return line
  }

  private func words(_ gate: Gate) -> Prose {
    switch gate {
    case .input: "The input gate: how much of the candidate enters the cell state."
    case .forget: "The forget gate: how much of the cell state stays."
    case .candidate: "The candidate: what may enter the cell state."
    case .output: "The output gate: how much of the cell state is put out."
    }
  }

  private func inStack(_ gate: Gate) -> Prose {
    letters.layer == 0
      ? "Nothing: the lowest layer reads \(letters.read(letters.m)), as one layer does."
      : """
      It reads \(letters.read(letters.m)) in place of an input of the network. This is one of the four ways on which the \
      weights of layer \(letters.layer - 1) reach E.
      """
  }

  private var cell: Line {
    Line(
      result: letters.c(),
      terms: [
        .init("what stays", product(letters.gate(.forget), letters.c(nil, .before))),
        .init("what enters", product(letters.gate(.input), letters.gate(.candidate))),
      ], words: "The cell state. The first term is all that a layer remembers without a weight in between.",
      inStack: "Nothing.", source: source)
  }

  private var output: Line {
    let inStack: Prose =
      letters.isHighest
      ? "Nothing: the highest layer's output is the network's, and the loss sees it."
      : """
      In one layer the loss sees it. Here it is the input of layer \(letters.layer + 1) at the same step, and goes to all \
      four nets there.
      """
    return Line(
      result: letters.y(),
      terms: [.init("", product(letters.gate(.output), [.function(.tanh, letters.c().expression)]))],
      words: "The output of the layer.", inStack: inStack, source: source)
  }
}
