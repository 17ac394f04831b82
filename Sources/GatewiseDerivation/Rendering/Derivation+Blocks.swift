import Gatewise

extension Derivation {
  /// The whole derivation in reading order.
  public var blocks: [Block] {
    [.title("\(Quantity(.gradient)) for w = \(weight.quantity), by \(ruleName)"), .paragraph(setting)] + summary
      + [.heading("Letters"), .notes(letters)] + sections.flatMap(blocks) + [.heading("Verdict"), .paragraph(verdict)]
  }

  var setting: Prose {
    let sizes = network.configuration.hiddenSizes
    let units =
      sizes.count == 1
      ? "1 layer of \(Self.count(sizes[0], "unit"))" : "\(sizes.count) layers of \(Self.list(sizes)) units"
    let drawn: Prose = """
      w is the weight \(weight.description). The numbers are those of a small random network: \(units), \
      \(Self.count(network.configuration.inputSize, "input"))\(network.configuration.peepholes ? ", peepholes" : ""), \
      one sequence of \(Self.count(network.steps, "step")).
      """
    guard engine.rule.definition is RTRL else { return drawn }
    return drawn + """
       Exact RTRL carries the derivatives of all states forward; in reverse form they are the lines of full BPTT, and \
      so are the engine's errors in the tables. The engine's gradient at the last line is that of RTRL.
      """
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private static func list(_ sizes: [Int]) -> String {
    sizes.dropLast().map(String.init).joined(separator: ", ") + " and \(sizes.last!)"
  }

  private func blocks(_ section: EvaluatedSection) -> [Block] {
    [.heading("\(section.title)")] + (section.intro.map { [.paragraph($0)] } ?? []) + section.lines.flatMap(blocks)
  }

  func blocks(_ evaluated: EvaluatedLine) -> [Block] {
    let line = evaluated.line
    var notes = [Block.Note(label: "In words", text: line.words)]
    for cut in Line.Cut.allCases {
      let count = line.cuts.count { $0.cut == cut }
      guard count > 0 else { continue }
      let paths = count == 1 ? "one path" : "\(count) paths"
      notes.append(.init(label: "Cut", text: "The rule omits \(paths): " + cut.words + "."))
    }
    notes.append(.init(label: "In a stack", text: line.inStack))
    if let aroundCell = line.aroundCell { notes.append(.init(label: "Output gate", text: aroundCell)) }
    notes.append(.init(label: "Source", text: "\(line.source.paper). The book: \(line.source.book)."))
    let isLast = evaluated.number == lines.last?.number
    let table = NumberTable(evaluated, more: isLast ? [("complex step", complexStep)] : [])
    return [.formula(FormulaBlock(line, number: evaluated.number)), .notes(notes), .table(table)]
  }

  var letters: [Block.Note] {
    let l = LayerLetters(network.configuration, layer: weight.layer)
    var notes: [Block.Note] = [
      .init(
        label: "places",
        text: "\(l.c()) is unit k of layer \(weight.layer) at step t; step 0 is the initial state; layers count from 0."
      ),
      .init(
        label: "\(l.gate(.input)), \(l.gate(.forget)), \(l.gate(.candidate)), \(l.gate(.output))",
        text:
          "Input gate, forget gate, candidate, output gate. "
          + "\(Quantity(.netInput(.output), layer: l.layer, [l.k], .now)) is the pre-activation of the output gate, "
          + "and likewise for the others."),
      .init(
        label: "\(Expression.slope(l.gate(.output)))",
        text:
          "The derivative of the activation function: q(1 - q) for i, f and o, 1 - g squared for the candidate; tanh' "
          + "is 1 - tanh squared."),
      .init(label: "\(l.c()), \(l.y())", text: "Cell state and output."),
      .init(
        label: "W, R, b, p",
        text: "Weights of the input, of y(t-1), biases and peepholes. "
          + "\(l.recurrentWeight(.forget, from: l.j, to: l.k)) leads from unit j to the forget gate of unit k."),
      .init(
        label: "E",
        text: "The sum of y times \(Quantity(.lossError, [l.k], .now)) over the highest layer's units and all "
          + "steps."),
      .init(label: "step T+1", text: "All quantities of the step after the last are zero."),
    ]
    if let block = engine.paths.blocks.last {
      let asked = Quantity(.lossError, [l.k], .now, block: block.number)
      notes += [
        .init(
          label: "\(Quantity(.gradient, block: block.number)), \(asked)",
          text: """
            For block \(block.number): its E sums only over \(ErrorBlock.list(block.errors)), so \(asked) is zero at \
            all other steps, and every error with its number is an error of that E. Everything after the block's last \
            step is zero.
            """)
      ]
    }
    if lines.contains(where: { !$0.line.cuts.isEmpty }) {
      notes.append(.init(label: "[ ]", text: "A path that the rule cuts: it counts as zero."))
    }
    return notes
  }

  var verdict: Prose {
    let complex: Prose = """
       The gradient is \(NumberTable.text(gradient)); the complex step of the network whose exact gradient the rule is \
      gives \(NumberTable.text(complexStep)), a relative difference of \(NumberTable.scientific(complexStepDifference))\
      \(agreesWithComplexStep ? "." : ", which is too much.")
      """
    guard let first = disagreements.first else {
      return "All \(lines.count) lines agree with the engine: largest relative difference "
        + Prose(stringLiteral: NumberTable.scientific(greatestDifference)) + "." + complex
    }
    let numbers = disagreements.map { "\($0.number)" }.joined(separator: ", ")
    return "DIFFERENT from the engine: \(disagreements.count == 1 ? "line" : "lines") \(numbers). The first of them, "
      + "line \(first.number), or one that it uses, is wrong." + complex
  }
}
