import Gatewise

/// The derivations of one weight by every rule as a self-contained page: the picture, whose edges show their lines when
/// pointed at, and below it every line with its numbers.
public struct DerivationPage: Sendable {
  private let entries: [(choice: RuleChoice, derivation: Derivation)]
  /// The key of the rule that is shown first.
  private let first: String
  private let text = PageText()

  /// Creates a page.
  ///
  /// - Parameters:
  ///   - weight: The weight.
  ///   - network: The network.
  ///   - rule: The rule selected when the page opens. The others have the same peephole paths.
  /// - Throws: `GatewiseError` if a rule has no derivation.
  public init(of weight: Weight, in network: DerivationNetwork, rule: GradientRule) throws {
    entries = try RuleChoice.all(beside: rule, steps: network.steps).map {
      ($0, try Derivation(of: weight, in: network, rule: $0.rule))
    }
    first = RuleChoice(rule).key
    guard entries.contains(where: { $0.choice.key == first }) else {
      _ = try RulePaths(of: rule)
      throw GatewiseError.invalidArgument("There is no picture of the rule \(type(of: rule.definition)).")
    }
  }

  /// The derivations, in the order of their buttons.
  public var derivations: [Derivation] { entries.map(\.derivation) }
  /// Whether all of them agree with the engine.
  public var holds: Bool { derivations.allSatisfy(\.holds) }

  /// The page as HTML.
  public var html: String {
    let weight = derivations[0].weight
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <link rel="icon" href="data:,"/>
      <title>∂E/∂w for w = \(weight.description.escaped)</title>
      <style>
      \(PageStyle.css(entries.map(\.choice), blocks: derivations.map(\.errorBlocks.count).max() ?? 0))
      </style>
      </head>
      <body>
      <header>
      <p class="kicker">Gatewise derivation</p>
      <h1>The derivation of <span class="formula-in-title">∂E/∂w</span></h1>
      <p class="subject">for \(text.inline(.quantity(weight.quantity))), the weight \
      <code>\(weight.description.escaped)</code></p>
      <p class="lede">Every partial derivative is an edge of the unrolled network. Point at an edge, tap it, or select \
      it with the tab and arrow keys: the page shows its line, with an explanation, the values of the formula and \
      those of the engine. Select another rule to see which paths it cuts.</p>
      </header>
      \(chooser)
      <main>
      <div class="stage">
      <div class="pictures">
      \(entries.map(picture).joined(separator: "\n"))
      </div>
      <aside id="panel" aria-live="polite" aria-label="The line of the selected edge">
      <p class="hint">Point at an edge of the picture to see its line here. With the keyboard, the left and right \
      arrow keys move through time, up and down through the edges of a step.</p>
      </aside>
      </div>
      \(entries.map(derivation).joined(separator: "\n"))
      </main>
      <script>
      \(PageScript.source)
      </script>
      </body>
      </html>

      """
  }

  private var chooser: String {
    let choices = entries.map { choice, derivation in
      """
      <label class="choice rule-\(choice.key)"><input type="radio" name="rule" id="choose-\(choice.key)" \
      value="\(choice.key)" autocomplete="off"\(choice.key == first ? " checked=\"checked\"" : "")/>\
      <span class="name">\(choice.title.escaped)</span>\
      <span class="value">∂E/∂w = \(NumberTable.text(derivation.gradient).replacing("-", with: "−"))</span></label>
      """
    }
    return """
      <form class="rules"><fieldset><legend>Gradient rule</legend>
      \(choices.joined(separator: "\n"))
      </fieldset></form>
      """
  }

  /// Controls that select one block of truncated BPTT, or all; empty for other rules.
  private func blockChooser(_ choice: RuleChoice, _ blocks: [ErrorBlock]) -> String {
    guard blocks.count > 1 else { return "" }
    let choices =
      [("all", "All blocks", "")]
      + blocks.map { block in
        let way = block.steps == block.errors ? "alone" : "back to \(block.steps.lowerBound)"
        return ("\(block.number)", "Block \(block.number)", "\(ErrorBlock.list(block.errors)) \(way)")
      }
    let labels = choices.map { value, name, words in
      """
      <label><input type="radio" name="block" id="block-\(value)" value="\(value)" autocomplete="off"\
      \(value == "all" ? " checked=\"checked\"" : "")/>\(name)\(words.isEmpty ? "" : " <span>\(words)</span>")</label>
      """
    }
    return """
      <fieldset class="blocks" data-rule="\(choice.key)"><legend>Errors of</legend>
      \(labels.joined(separator: "\n"))
      </fieldset>

      """
  }

  private func picture(_ choice: RuleChoice, _ derivation: Derivation) -> String {
    let picture = Picture(of: derivation)
    let size = picture.layout.size
    let legend = PictureLegend(of: picture.graph).entries.map { style, words in
      """
      <li><svg class="picture rule-\(choice.key)" width="40" height="12" viewBox="0 0 40 12" aria-hidden="true">\
      <g class="\(style.rawValue)">\(PictureLegend.sample(y: 6))</g></svg>\(words.escaped)</li>
      """
    }
    return """
      <figure class="by-rule rule-\(choice.key)">
      \(blockChooser(choice, derivation.errorBlocks))\
      <div class="canvas"><svg class="picture rule-\(choice.key)" \
      viewBox="0 0 \(size.width.short) \(size.height.short)" \
      style="min-width: \((size.width * 0.72).short)px; max-width: \((size.width * 1.2).short)px" role="group" \
      aria-label="\(picture.description.escaped), by \(derivation.ruleName.escaped)">
      \(picture.drawing(isLive: true))
      </svg></div>
      <figcaption><ul>\(legend.joined(separator: "\n"))</ul></figcaption>
      </figure>
      """
  }

  private func derivation(_ choice: RuleChoice, _ derivation: Derivation) -> String {
    let sections = derivation.sections.map { section in
      let lines = section.lines.map {
        text.article(id: "\(choice.key)-\($0.number)", $0, derivation.blocks($0))
      }
      let intro = section.intro.map { [Block.paragraph($0)] } ?? []
      return "<h3>\(section.title.escaped)</h3>\n" + text.html(intro) + lines.joined(separator: "\n")
    }
    return """
      <section class="by-rule derivation rule-\(choice.key)">
      <h2>By \(derivation.ruleName.escaped)</h2>
      \(text.html([.paragraph(derivation.setting)] + derivation.summary))
      \(text.html([.heading("Letters"), .notes(derivation.letters)]))
      \(sections.joined(separator: "\n"))
      \(text.html([.heading("Verdict"), .paragraph(derivation.verdict)]))
      </section>
      """
  }
}
