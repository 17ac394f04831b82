import Gatewise

/// The gradients without the output gate's term in the error below.
struct OmissionArticle {
  private let seeds: ClosedRange<UInt64> = 1...8
  private let steps = 5
  private let rules: [(name: String, rule: GradientRule)] = [
    ("BPTT", .bptt()), ("R2", .recurrentCut()), ("R1", .truncatedRTRL()),
  ]

  func add(to text: inout ArticleText) throws {
    text.heading("Without the output gate's term")
    text.paragraph(
      """
      A frequently quoted answer lists only the candidate, input gate and forget gate as the paths from an output of \
      the layer below, and omits the output gate. Here its term is removed from the line of the error below, and \
      nothing else is changed. Each number is the largest difference from the engine's gradient over all weights of a \
      layer, relative to the largest of them: the median, and in parentheses the smallest and the largest, of \
      \(seeds.count) random networks, each with layers of 2 units, 2 inputs and \(steps) steps.
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
        "without the term the highest layer is correct, and no layer below it is")
      for layer in (0..<layers).reversed() {
        rows.append(
          ["\(layers)", "\(layer)\(layer == layers - 1 ? ", the highest" : "")"]
            + found.map { networks in Self.range(networks.map { $0[layer] }) })
      }
    }
    text.table(["layers", "layer"] + rules.map(\.name), rows, numbersFrom: 2)
    text.paragraph(
      """
      The highest layer stays correct, since it sends errors down and receives none: a check of the highest layer, or \
      of one layer, does not find the mistake. Every layer below it is wrong, by any rule that sends an error below, \
      and nothing makes the missing term smaller than the other three. R0 sends nothing below, so it has nothing to \
      omit.
      """)
  }

  private static func range(_ differences: [Double]) -> String {
    let sorted = differences.sorted()
    // The rest is in the last digits, which differ between machines.
    if sorted.last! <= Derivation.tolerance { return "exact" }
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    let (least, greatest) = (sorted.first!, sorted.last!)
    return "\(ArticleText.percent(median)) (\(ArticleText.percent(least)) to \(ArticleText.percent(greatest)))"
  }
}
