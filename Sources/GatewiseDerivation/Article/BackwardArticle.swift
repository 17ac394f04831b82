import Gatewise

/// The book's article "The backward pass, derived", made of the lines of derivations and their numbers, so that it
/// cannot contradict them.
///
/// Goals, in this order: every formula and number comes from a line; the text is the same on every machine; it reads
/// well.
public struct BackwardArticle: Sendable {
  /// The article in Markdown.
  public let text: String

  /// Writes the article.
  ///
  /// - Throws: `GatewiseError` if a derivation in it does not hold.
  public init() throws {
    var text = ArticleText()
    Self.addOverview(to: &text)
    let one = try DerivationNetwork(hiddenSizes: [2])
    try OneLayerArticle(one).add(to: &text)
    let two = try DerivationNetwork(hiddenSizes: [2, 2])
    try StackArticle(one, two).add(to: &text)
    try WorkedArticle(two).add(to: &text)
    try OmissionArticle().add(to: &text)
    self.text = text.text
  }

  /// Checks a sentence of the article against the lines.
  ///
  /// - Throws: `GatewiseError` if the sentence is wrong.
  static func require(_ isTrue: Bool, _ sentence: String) throws {
    guard !isTrue else { return }
    throw GatewiseError.invalidArgument(
      "The article says that \(sentence), but the lines differ; correct the article.")
  }

  private static func addOverview(to text: inout ArticleText) {
    text.add("# The backward pass, derived")
    text.paragraph(
      "From the error of an output to the gradient of a weight, line by line: one layer first, then a stack.")
    text.add("## Overview")
    text.add(
      "<!-- scripts/make/derivation writes this file from Sources/GatewiseDerivation/Article; change it there. -->")
    text.paragraph(
      markdown: """
        The formulas are the lines that `gatewise derive` evaluates, and the numbers are their values. The same code \
        writes this article, and it writes nothing unless every number of a line agrees with the engine to 1e-10 and \
        every gradient with the complex step; `scripts/check/docs` generates the article again and fails if the book \
        differs. For any other weight, rule or network the command prints the same in full:
        """)
    text.add("    gatewise derive --layers 2 --weight layer0.forget.recurrent --rule truncated-rtrl")
    text.heading("Two sets of letters")
    text.paragraph(
      markdown: """
        The engine's letters are those of <doc:Equations>, with indices: the layer (0 is the lowest), then the unit, \
        and the step in parentheses. The papers use other letters, shown here as in Gers' dissertation of 2001. The \
        indices of a weight are `[from,to]` in the engine, and `[to,from]` there.
        """)
    text.table(
      ["the engine's letters", "the dissertation's", "meaning"],
      letters.map { quantity, meaning in
        ["`\(TextNotation().write(quantity))`", "`\(DissertationNotation().write(quantity))`", meaning]
      })
    text.paragraph(
      markdown: """
        A block of the dissertation may have several cells that share its gates; here each has one. Its activation \
        functions are f for the gates, g for the cell input and h for the cell state; here they are σ, tanh and tanh, \
        so `h'(s)` is `tanh'(c)` and `f'(net)` is q(1 - q), where q is the gate's value. Its errors have the opposite \
        sign, e = target - output; since all formulas are linear in the errors, they are the same. It has no letters \
        for dh and dc, which only full BPTT needs; these keep the engine's letters.
        """)
  }

  private static var letters: [(Quantity, String)] {
    let l = LayerLetters(LSTMConfiguration(inputSize: 2, hiddenSizes: [2, 2], peepholes: true), layer: 0)
    let nets = Gate.allCases.map { gate in (l.gate(gate), "the \(gate.words)") }
    return nets + [
      (Quantity(.netInput(.forget), layer: 0, [l.k], .now), "the forget gate's pre-activation; likewise the others"),
      (l.c(), "the cell state"), (l.y(), "the output of the layer"), (Quantity(.input, [l.m], .now), "an input"),
      (l.inputWeight(.forget, from: l.m, to: l.k), "a weight of the layer's input"),
      (l.recurrentWeight(.forget, from: l.j, to: l.k), "a weight of the layer's own output at t-1"),
      (l.bias(.forget), "a bias"), (l.peephole(.forget), "a peephole weight"),
      (Quantity(.lossError, [l.k], .now), "the gradient of the loss with respect to an output"),
      (l.e(), "the error of an output, from above"),
      (l.delta(.forget), "the error of a pre-activation"), (l.es(), "the error that enters the cell state at t"),
      (l.trace(l.k), "the trace of a weight"),
    ]
  }
}

extension DerivationNetwork {
  /// The derivation of a weight for the article, which must hold.
  func derivation(of name: String, _ rule: GradientRule) throws -> Derivation {
    let derivation = try Derivation(of: Weight(name, in: configuration), in: self, rule: rule)
    guard derivation.holds else {
      throw GatewiseError.invalidArgument(
        "The derivation of \(name) by \(derivation.ruleName) does not hold, so the article was not written; "
          + "see gatewise derive.")
    }
    return derivation
  }
}

extension Derivation {
  /// The first line of a quantity that other lines use.
  func article(_ kind: Quantity.Kind, layer: Int?) -> EvaluatedLine {
    lines.first { $0.line.result.kind == kind && $0.line.result.layer == layer && $0.line.role != .secondForm }!
  }
}
