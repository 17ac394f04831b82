import Gatewise

/// The forward pass of one layer (Equations, Forward), which later lines use.
struct ForwardLines {
  private let letters: LayerLetters

  /// Creates the section of one layer.
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
        \(letters.gate(.output)) is not part of \(letters.c()): it acts after the cell state, the other three before it.
        """
    }
    return line
  }

  private func words(_ gate: Gate) -> Prose {
    switch gate {
    case .input: "The input gate: the fraction of the candidate that is added to the cell state."
    case .forget: "The forget gate: the fraction of the cell state that is kept."
    case .candidate: "The candidate: the input of the cell state."
    case .output: "The output gate: the fraction of the cell state in the output."
    }
  }

  private func inStack(_ gate: Gate) -> Prose {
    letters.layer == 0
      ? "Nothing: the lowest layer reads \(letters.read(letters.m)), as a single layer does."
      : """
      It reads \(letters.read(letters.m)) in place of an input of the network. This is one of the four paths by which \
      the weights of layer \(letters.layer - 1) affect E.
      """
  }

  private var cell: Line {
    Line(
      result: letters.c(),
      terms: [
        .init("kept", product(letters.gate(.forget), letters.c(nil, .before))),
        .init("added", product(letters.gate(.input), letters.gate(.candidate))),
      ], words: "The cell state. The first term is the only memory of a layer without a weight in between.",
      inStack: "Nothing.", source: source)
  }

  private var output: Line {
    let inStack: Prose =
      letters.isHighest
      ? "Nothing: the highest layer's output is the network's and enters the loss."
      : """
      In one layer it enters the loss. Here it is the input of layer \(letters.layer + 1) at the same step, for all \
      four pre-activations there.
      """
    return Line(
      result: letters.y(),
      terms: [.init("", product(letters.gate(.output), [.function(.tanh, letters.c().expression)]))],
      words: "The output of the layer.", inStack: inStack, source: source)
  }
}
