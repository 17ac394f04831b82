import Gatewise

/// One derivation in numbers: the error that layer 1 sends to a unit of layer 0, and how layer 0 uses it.
struct WorkedArticle {
  private let network: DerivationNetwork
  private let step = 2

  init(_ network: DerivationNetwork) { self.network = network }

  func add(to text: inout ArticleText) throws {
    let derivation = try network.derivation(of: "layer0.forget.recurrent[0,0]", .truncatedRTRL())
    let values = Self.values(derivation)
    let k = derivation.weight.to
    text.heading("A line worked out")
    text.paragraph(
      """
      The weight is \(derivation.weight.quantity), from unit 0 to the forget gate of unit 0 in the lower of two \
      layers, and the rule is R1, as in the command at the beginning of this article. At step \(step) the four paths \
      of the error of that unit's output are:
      """)
    add(derivation.article(.error, layer: 0), letters: ["m": k], values, to: &text)
    text.paragraph(
      """
      From here on the derivation is that of a single layer. The error enters the cell state, where it is multiplied \
      by the trace of the weight:
      """)
    for kind in [Quantity.Kind.outputError, .cellEntry] {
      add(derivation.article(kind, layer: 0), letters: ["k": k], values, to: &text)
    }
    add(derivation.article(.cellTrace, layer: 0), letters: [:], values, to: &text)
    add(derivation.article(.stepGradient, layer: nil), letters: [:], values, to: &text)
    text.paragraph("The values at every step, and their sum:")
    let shown = [
      row(derivation.article(.error, layer: 0), unit: k), row(derivation.article(.cellEntry, layer: 0), unit: k),
      row(derivation.article(.cellTrace, layer: 0), unit: nil),
      row(derivation.article(.stepGradient, layer: nil), unit: nil),
    ]
    text.table([""] + (1...network.steps).map { "t = \($0)" }, shown, numbersFrom: 1)
    text.table(
      ["`∂E/∂w`", ""],
      [
        ["the sum over steps", ArticleText.number(derivation.gradient)],
        ["the engine", ArticleText.number(derivation.lines.last!.rows[0].engine![0])],
        ["the complex step of the network whose gradient R1 is", ArticleText.number(derivation.complexStep)],
      ], numbersFrom: 1)
  }

  /// All numbers of a derivation.
  private static func values(_ derivation: Derivation) -> Values {
    let (weight, engine) = (derivation.weight, derivation.engine)
    var values = engine.network.givenValues()
    values[Place(.cellTrace, layer: weight.layer, [weight.to], step: 0)] = 0
    for section in Section.all(engine.network.configuration, weight, engine.paths) { section.evaluate(into: &values) }
    return values
  }

  /// A line at the step, each of its paths in letters and in numbers.
  private func add(_ evaluated: EvaluatedLine, letters: [String: Int], _ values: Values, to text: inout ArticleText) {
    let bindings = Bindings(letters: letters, step: step)
    let kept = evaluated.line.terms.filter { $0.cut == nil }
    var rows = kept.enumerated().map { index, term in
      let formula = term.expression.writtenOut(letters)
      return [
        index == 0 ? "=" : "+", "`\(TextNotation().write(formula).at(step: step))`",
        "`\(DissertationNotation().write(formula).at(step: step))`", "`\(formula.inNumbers(values, step: step))`",
        ArticleText.number(term.expression.value(values, bindings)),
      ]
    }
    let result = Expression.quantity(evaluated.line.result).writtenOut(letters)
    let column = step - evaluated.steps.lowerBound
    let unit = evaluated.rows.first { row in row.units == evaluated.line.result.variables.map { letters[$0.name]! } }!
    rows.insert(
      [
        "", "`\(TextNotation().write(result).at(step: step))`",
        "`\(DissertationNotation().write(result).at(step: step))`",
        "the engine: `\(ArticleText.number(unit.engine![column]))`", "**\(ArticleText.number(unit.numbers[column]))**",
      ], at: 0)
    text.table(["", "the engine's letters", "the dissertation's", "in numbers", ""], rows, numbersFrom: 4)
  }

  private func row(_ evaluated: EvaluatedLine, unit: Int?) -> [String] {
    let row = evaluated.rows.first { unit == nil || $0.units == [unit!] }!
    let letters = Dictionary(uniqueKeysWithValues: zip(evaluated.line.result.variables.map(\.name), row.units))
    let result = Expression.quantity(evaluated.line.result).writtenOut(letters)
    return ["`\(TextNotation().write(result))`"] + row.numbers.map(ArticleText.number)
  }
}
