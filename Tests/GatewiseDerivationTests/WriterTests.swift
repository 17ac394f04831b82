import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("A written derivation")
struct WriterTests {
  private let letters = LayerLetters(LSTMConfiguration(inputSize: 2, hiddenSizes: [2, 3], peepholes: true), layer: 1)

  @Test("has the letters of the equations")
  func notation() {
    let text = TextNotation()
    let latex = LaTeXNotation()
    func both(_ formula: any Formula) -> [String] { [text.write(formula.expression), latex.write(formula.expression)] }
    #expect(both(letters.gate(.output)) == ["o[1,k](t)", "o_{1,k}(t)"])
    #expect(both(letters.c(.number(2), .before)) == ["c[1,2](t-1)", "c_{1,2}(t-1)"])
    #expect(both(letters.delta(.forget, nil, .after)) == ["δ^f[1,k](t+1)", "\\delta^{f}_{1,k}(t+1)"])
    #expect(
      both(letters.inputWeight(.candidate, from: letters.m, to: .number(0))) == ["W^g[1;m,0]", "W^{g}_{1;m,0}"])
    #expect(both(Expression.slope(letters.gate(.input))) == ["i'[1,k](t)", "i'_{1,k}(t)"])
    #expect(
      both(Expression.product(letters.outputFactors()))
        == ["tanh(c[1,k](t))·o'[1,k](t)", "\\tanh\\bigl(c_{1,k}(t)\\bigr)\\,o'_{1,k}(t)"])
    #expect(
      both(Quantity(.outputByInput, layer: 1, [letters.m, letters.k], .now))
        == ["∂y[1,k](t)/∂y[0,m](t)", "\\frac{\\partial y_{1,k}(t)}{\\partial y_{0,m}(t)}"])
    #expect(
      both(letters.trace(.number(0), .before)) == ["∂c[1,0](t-1)/∂w", "\\frac{\\partial c_{1,0}(t-1)}{\\partial w}"])
  }

  @Test("puts sums in products into parentheses, and omits ones")
  func structure() {
    let (c, y) = (letters.c().expression, letters.y().expression)
    let text = TextNotation()
    #expect(text.write(.product([c, .sum([y, c])])) == "c[1,k](t)·(y[1,k](t) + c[1,k](t))")
    #expect(text.write(.product([c, .constant(1)])) == "c[1,k](t)")
    #expect(text.write(.product([.constant(1)])) == "1")
    #expect(text.write(.product([.product([c, y]), c])) == "c[1,k](t)·y[1,k](t)·c[1,k](t)")
    #expect(text.write(.total(letters.summedUnits, .sum([y, c]))) == "Σ_j (y[1,k](t) + c[1,k](t))")
    #expect(text.write(.product([.total(letters.summedUnits, y), c])) == "(Σ_j y[1,k](t))·c[1,k](t)")
    #expect(text.write(.totalOverSteps(y)) == "Σ_t y[1,k](t)")
  }

  private func derivation(_ rule: GradientRule, _ weight: String = "layer0.forget.recurrent[1,0]") throws
    -> Derivation
  {
    let network = try DerivationNetwork(hiddenSizes: [2, 2])
    return try Derivation(of: Weight(weight, in: network.configuration), in: network, rule: rule)
  }

  @Test("names the block of an error, and its E")
  func blocks() {
    func both(_ quantity: Quantity) -> [String] { [TextNotation().write(quantity), LaTeXNotation().write(quantity)] }
    #expect(both(letters.dc().inBlock(2)) == ["dc{2}[1,k](t)", "\\mathit{dc}^{(2)}_{1,k}(t)"])
    #expect(
      both(letters.delta(.forget, nil, .after).inBlock(2)) == ["δ^f{2}[1,k](t+1)", "\\delta^{f,(2)}_{1,k}(t+1)"])
    #expect(both(letters.es().inBlock(3)) == ["e_s{3}[1,k](t)", "e^{s,(3)}_{1,k}(t)"])
    #expect(both(Quantity(.gradient, block: 2)) == ["∂E_2/∂w", "\\frac{\\partial E_{2}}{\\partial w}"])
    // The factors of errors are the same in all blocks.
    #expect(letters.c().inBlock(2) == letters.c())
    let cell = Quantity(.cell, layer: 1, [letters.k], .now, block: 2)
    #expect(TextNotation().write(derivativeBy: cell) == "∂E_2/∂c[1,k](t)")
    #expect(LaTeXNotation().write(derivativeBy: cell) == "\\frac{\\partial E_{2}}{\\partial c_{1,k}(t)}")
  }

  @Test("has one path of the error below per line, and names it")
  func errorBelow() throws {
    let line = try #require(derivation(.truncatedRTRL()).line(.error, layer: 0)).line
    #expect(
      FormulaBlock(line, withoutCuts: true).plainLines == [
        "e[0,m](t) = ∂E/∂y[0,m](t)",
        "    = Σ_k δ̂^i[1,k](t)·W^i[1;m,k]   from the input gate",
        "    + Σ_k δ̂^f[1,k](t)·W^f[1;m,k]   from the forget gate",
        "    + Σ_k δ̂^g[1,k](t)·W^g[1;m,k]   from the candidate",
        "    + Σ_k δ^o[1,k](t)·W^o[1;m,k]   from the output gate, around the cell state",
      ])
    let cut = try #require(derivation(.truncatedRTRL(lowerLayers: .none)).line(.error, layer: 0)).line
    let lines = FormulaBlock(cut).plainLines
    #expect(lines[1] == "    [ Σ_k δ^i[1,k](t)·W^i[1;m,k] ]   cut: from the input gate" && lines.last == "    = 0")
  }

  @Test("has equation 3.12 in the papers' form")
  func trace() throws {
    let line = try #require(derivation(.truncatedRTRL()).line(.cellTrace, layer: 0)).line
    #expect(
      FormulaBlock(line, withoutCuts: true).plainLines == [
        "∂c[0,0](t)/∂w",
        "    = f[0,0](t)·∂c[0,0](t-1)/∂w            kept by the cell state",
        "    + c[0,0](t-1)·f'[0,0](t)·y[0,1](t-1)   through the weight at step t",
      ])
    #expect(line.source.paper.contains("3.12") && line.cuts.count == 3)
  }

  @Test("gives the reason for every cut path")
  func reasons() throws {
    let network = try DerivationNetwork(inputSize: 1, hiddenSizes: [1], peepholes: true, steps: 1)
    let weight = try Weight("layer0.forget.bias", in: network.configuration)
    let text = MarkdownWriter().text(try Derivation(of: weight, in: network, rule: .recurrentCut()))
    #expect(text.contains("The rule omits 3 paths: the output of a layer at step t-1"))
    #expect(text.contains("The rule omits 2 paths: the cell state that a gate reads"))
    #expect(text.contains("1 layer of 1 unit, 1 input, peepholes, one"))
  }

  @Test("gives the answer first, in every format", arguments: [0, 1, 2])
  func inShort(_ format: Int) throws {
    let writer: any DerivationWriter = [TextWriter(), MarkdownWriter(), LaTeXWriter()][format]
    let derivation = try derivation(.truncatedRTRL())
    let text = writer.text(derivation)
    let start = text.prefix(text.count / 4)
    for words in ["In short", "One layer says", "The stack adds this", "around the cell state", "Why the output gate"] {
      #expect(start.contains(words), "\(words)")
    }
    for line in derivation.lines {
      #expect(text.contains(format == 2 ? "\\tag{\(line.number)}" : "(\(line.number))"), "line \(line.number)")
    }
    #expect(text.contains("complex step") && text.contains("All \(derivation.lines.count) lines agree"))
  }

  @Test("is complete LaTeX: environments and braces are closed, and all special characters escaped")
  func latex() throws {
    for rule in Rules.all(peepholes: false) + Rules.inBlocks {
      let text = try LaTeXWriter().text(derivation(rule))
      #expect(text.count(where: { $0 == "{" }) == text.count(where: { $0 == "}" }))
      #expect(text.components("\\begin{") == text.components("\\end{") && text.components("$").isMultiple(of: 2))
      let foreign = text.unicodeScalars.filter { $0.value > 0x7f }
      #expect(foreign.isEmpty, "\(foreign.map(String.init))")
    }
  }

  @Test("has Markdown tables whose rows are as long as their heads")
  func markdown() throws {
    let text = try MarkdownWriter().text(derivation(.bptt()))
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(!rows.isEmpty && rows.allSatisfy { [3, 5].contains($0.count { $0 == "|" }) })
    #expect(text.components("```").isMultiple(of: 2))
  }
}

extension String {
  /// The number of occurrences of a text.
  fileprivate func components(_ part: String) -> Int {
    split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
