import Gatewise

extension Derivation {
  /// The answer before the lines: the gradient of one layer, the additions of the stack, and the role of the output
  /// gate.
  var summary: [Block] {
    [.heading("In short")] + inBlocks + (oneLayer + stack + outputGate).map(inLastBlock)
  }

  /// The line of a quantity; if errors go back in blocks, that of the last block.
  private func line(_ kind: Quantity.Kind, layer: Int?) -> EvaluatedLine? {
    let block = kind.isOfBlock ? engine.paths.blocks.last?.number : nil
    return lines.first {
      let result = $0.line.result
      return result.kind == kind && result.layer == layer && result.block == block && $0.line.role != .secondForm
    }
  }

  /// The gradient by the trace, if there is one.
  private var firstGradient: EvaluatedLine? { lines.first { $0.line.result.kind == .gradient } }

  /// If errors go back in blocks, the errors in a sentence are those of the last block.
  private func inLastBlock(_ block: Block) -> Block {
    guard let last = engine.paths.blocks.last, case .paragraph(let prose) = block else { return block }
    return .paragraph(prose.mapping { $0.inBlock(last.number) })
  }

  /// The errors that go back together, and how far.
  private var inBlocks: [Block] {
    guard let last = engine.paths.blocks.last else { return [] }
    return [
      .paragraph(
        """
        The rule sends errors back in blocks, and the forward pass runs through all of them. A block's lines are those \
        of full BPTT over its own steps, and the gradient is the sum over the blocks:
        """),
      .notes(engine.paths.blocks.map { .init(label: "Block \($0.number)", text: $0.words) }),
      .paragraph("Below are the lines of block \(last.number); the other blocks have the same lines."),
    ]
  }

  private func formula(_ line: EvaluatedLine) -> Block {
    .formula(FormulaBlock(line.line, number: line.number, withoutCuts: true))
  }

  /// The weight's own layer, as if it were the only one.
  private var oneLayer: [Block] {
    let letters = LayerLetters(network.configuration, layer: weight.layer)
    let k = Index.number(weight.to)
    let error = Quantity(.error, layer: weight.layer, [k], .now)
    // The papers' form if the rule has it, otherwise the error of the weight's pre-activation.
    let trace = line(.cellTrace, layer: weight.layer)
    let shown: [EvaluatedLine?] =
      trace == nil
      ? [line(.delta(weight.gate), layer: weight.layer)]
        + (engine.paths.blocks.isEmpty ? [] : [line(.gradient, layer: nil)]) + [lines.last]
      : [line(.cellEntry, layer: weight.layer), trace, line(.stepGradient, layer: nil), firstGradient]
    let lossError = Quantity(.lossError, [k], .now)
    let dh = Quantity(.outputError, layer: weight.layer, [k], .now)
    let isPlain = letters.isHighest
    return [
      .paragraph(
        letters.isOnly ? "One layer says:" : "One layer says, and layer \(weight.layer) of the stack says the same:")
    ] + shown.compactMap { $0 }.map(formula) + [
      .paragraph(
        isPlain
          ? "There \(error), the source of \(dh) and all other errors, is the loss's own: \(lossError)."
          : "In one layer \(error), the source of \(dh) and all other errors, would be the loss's own: \(lossError).")
    ]
  }

  /// The additions of the layers above.
  private var stack: [Block] {
    let letters = LayerLetters(network.configuration, layer: weight.layer)
    if letters.isOnly {
      return [
        .paragraph("There is no other layer here. A layer above would change only the line of \(letters.e()).")
      ]
    }
    if letters.isHighest {
      return [
        .paragraph(
          """
          Layer \(weight.layer) is the highest: its lines change only in their input, \(letters.read(letters.m)) of \
          the layer below in place of an input.
          """)
      ]
    }
    guard let error = line(.error, layer: weight.layer) else { return [] }
    if engine.paths.below == .nothing {
      return [
        .paragraph(
          """
          The stack adds nothing by this rule: layer \(weight.layer) feeds layer \(weight.layer + 1), whose input is a \
          constant. All four paths of line \(error.number) are cut, and the gradient is zero.
          """)
      ]
    }
    var blocks: [Block] = [
      .paragraph(
        """
        The stack adds this. Layer \(weight.layer) feeds layer \(weight.layer + 1), so the error of its output is no \
        longer the gradient of the loss but the sum over the four pre-activations of layer \(weight.layer + 1):
        """),
      formula(error),
    ]
    if let partial = line(.outputByInput, layer: weight.layer + 1) {
      blocks += [
        .paragraph(
          """
          The new derivative, one for each pair of units, is that of the upper layer's output with respect to the \
          lower layer's output at the same step:
          """), formula(partial), .paragraph(lastWord(letters)),
      ]
    }
    return blocks
  }

  private func lastWord(_ letters: LayerLetters) -> Prose {
    engine.paths.below == .current
      ? """
      By this rule the new error is the upper layer's error times that derivative, summed over its units; layer \
      \(weight.layer) uses it in the same way as one layer uses \(letters.e()). Every derivative inside layer \
      \(weight.layer) is unchanged.
      """
      : """
      By this rule the errors of the upper pre-activations also contain the errors of later steps. Every derivative \
      inside layer \(weight.layer) is unchanged.
      """
  }

  private var outputGate: [Block] {
    let letters = LayerLetters(network.configuration, layer: weight.layer)
    let around = Expression.product(letters.outputFactors())
    let why: Prose = """
      Why the output gate is treated differently: \(letters.gate(.output)) multiplies \
      \(Expression.function(.tanh, letters.c().expression)) after the cell state has been updated, and the other three \
      act before. Their errors go through the cell state, which carries them over steps; its error has the factor \
      \(around) instead, goes around the cell state, and is not carried by it.
      """
    let sent: Prose =
      letters.isOnly || engine.paths.below == .nothing
      ? "" : " In a stack it is sent to the layer below nevertheless, like the other three."
    return [.paragraph(why + sent)]
  }
}
