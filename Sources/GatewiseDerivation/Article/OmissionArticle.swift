import Gatewise

/// What the gradients are without the output gate's term in the error below.
struct OmissionArticle {
  private let seeds: ClosedRange<UInt64> = 1...8
  private let steps = 5
  private let rules: [(name: String, rule: any GradientRule)] = [
    ("BPTT", BPTT()), ("R2", RecurrentCut()), ("R1", TruncatedRTRL()),
  ]

  func add(to text: inout ArticleText) throws {
    text.heading("Without the output gate's term")
    text.paragraph(
      """
      An answer that is often quoted takes the candidate, input and forget gate for all that an output of the layer below \
      reaches, and leaves the output gate out. Here its term is taken out of the line of the error below, and nothing else \
      is changed. A number is the greatest difference from the engine's gradient over all weights of a layer, relative to \
      the greatest of them: the median, and in parentheses the least and the greatest, of \(seeds.count) networks drawn at \
      random, each layer of 2 units, with 2 inputs and \(steps) steps.
      """)
    var rows: [[String]] = []
    for layers in 1...3 {
      let found = try rules.map { rule in
        try seeds.map { seed in
          try OmittedOutputGate(
            in: DerivationNetwork(hiddenSizes: Array(repeating: 2, count: layers), steps: steps, seed: seed),
            rule: rule.rule
          ).differences
        }
      }
      let isRight = found.joined().map { $0.map { $0 <= Derivation.tolerance } }
      try BackwardArticle.require(
        isRight.allSatisfy { $0 == (0..<layers).map { $0 == layers - 1 } },
        "without the term the highest layer is right, and no layer below it")
      for layer in (0..<layers).reversed() {
        rows.append(
          ["\(layers)", "\(layer)\(layer == layers - 1 ? ", the highest" : "")"]
            + found.map { networks in Self.range(networks.map { $0[layer] }) })
      }
    }
    text.table(["layers", "layer"] + rules.map(\.name), rows, numbersFrom: 2)
    text.paragraph(
      """
      The highest layer is as right as with the term, since it sends errors down and gets none: a check of the highest \
      layer, or of one layer, does not see the mistake. No layer below it is right, by any rule that sends an error below, \
      and nothing makes the term smaller than the other three. R0 sends nothing below, and has nothing to leave out.
      """)
  }

  private static func range(_ differences: [Double]) -> String {
    let sorted = differences.sorted()
    // What is left are the last digits, which differ from machine to machine.
    if sorted.last! <= Derivation.tolerance { return "exact" }
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    let (least, greatest) = (sorted.first!, sorted.last!)
    return "\(ArticleText.percent(median)) (\(ArticleText.percent(least)) to \(ArticleText.percent(greatest)))"
  }
}
