import Foundation
import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("The article on the backward pass")
struct ArticleTests {
  @Test("is reproducible, and equal to the one in the book")
  func deterministic() throws {
    let text = try BackwardArticle().text
    #expect(try BackwardArticle().text == text)
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let book = try String(
      contentsOf: root.appending(path: "Sources/Gatewise/Gatewise.docc/BackwardDerived.md"), encoding: .utf8)
    #expect(book == text, "run scripts/make/derivation")
  }

  @Test("has complete tables, and every line in question in both sets of letters")
  func complete() throws {
    let text = try BackwardArticle().text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (row, next) in zip(lines, lines.dropFirst()) where row.hasPrefix("|") && next.hasPrefix("|") {
      #expect(row.count { $0 == "|" } == next.count { $0 == "|" }, "\(row)\n\(next)")
    }
    #expect(text.count { $0 == "`" }.isMultiple(of: 2))
    for formula in [
      "`f[0,0](t)·∂c[0,0](t-1)/∂w` | `y_φ[0,0](t)·∂s[0,0](t-1)/∂w`",
      "`tanh(c[1,k](t))·o'[1,k](t)·W^o[1;m,k]` | `h(s[1,k](t))·f_out'(net_out[1,k](t))·w_out[1;k,m]`",
      "`e[0,0](2)`", "Equation 3.10", "Equation 3.11", "Equation 3.12",
    ] {
      #expect(text.contains(formula), "\(formula)")
    }
  }

  @Test("omits the output gate, and finds every layer below the highest wrong", arguments: 1...3)
  func omission(_ layers: Int) throws {
    let network = try DerivationNetwork(
      hiddenSizes: Array([3, 2, 2].prefix(layers)), peepholes: layers == 2, steps: 4, seed: 7)
    let rules: [GradientRule] = [
      .bptt(), .recurrentCut(), .recurrentCut(peepholePaths: .attached), .truncatedRTRL(),
      .truncatedRTRL(peepholePaths: .outputAttached),
    ]
    for rule in rules {
      let differences = try OmittedOutputGate(in: network, rule: rule).differences
      print("derive, \(layers) layers without net_out, \(rule): \(differences)")
      #expect(differences.count == layers && differences.last! < 1e-12)
      #expect(differences.dropLast().allSatisfy { $0 > 1e-2 })
    }
    // Nothing is sent below, so nothing can be omitted.
    let none = try OmittedOutputGate(in: network, rule: .truncatedRTRL(lowerLayers: .none)).differences
    #expect(none.last! < 1e-12)
  }

  @Test("reports a wrong sentence, and is not written")
  func claims() throws {
    try BackwardArticle.require(true, "so it is")
    let error = #expect(throws: GatewiseError.self) { try BackwardArticle.require(false, "it is so") }
    #expect(try #require(error).description.contains("it is so"))
  }

  @Test("has the letters of the dissertation")
  func letters() {
    let letters = LayerLetters(LSTMConfiguration(inputSize: 2, hiddenSizes: [2, 3], peepholes: true), layer: 1)
    let notation = DissertationNotation()
    func write(_ formula: any Formula) -> String { notation.write(formula.expression) }
    #expect(write(letters.gate(.output)) == "y_out[1,k](t)" && write(letters.gate(.candidate)) == "g(net_c[1,k](t))")
    #expect(write(letters.inputWeight(.candidate, from: letters.m, to: .number(0))) == "w_c[1;0,m]")
    #expect(write(letters.recurrentWeight(.forget, from: .number(1), to: .number(0))) == "w_φ[1;0,c_1]")
    #expect(write(letters.bias(.input)) == "w_in[1;k,bias]" && write(letters.peephole(.output)) == "w_out[1;k,s]")
    #expect(write(Expression.slope(letters.gate(.candidate))) == "g'(net_c[1,k](t))")
    #expect(write(Expression.slope(letters.gate(.input, nil, .before))) == "f_in'(net_in[1,k](t-1))")
    #expect(write(Expression.product(letters.cellToOutput())) == "y_out[1,k](t)·h'(s[1,k](t))")
    #expect(write(letters.delta(.forget, nil, .after)) == "δ_φ[1,k](t+1)" && write(letters.es()) == "e_s[1,k](t)")
    #expect(notation.write(derivativeBy: letters.c()) == "∂E/∂s[1,k](t)")
  }

  @Test("expands sums, in letters and in numbers")
  func writtenOut() {
    let letters = LayerLetters(LSTMConfiguration(inputSize: 2, hiddenSizes: [2]), layer: 0)
    let sum = Expression.total(letters.summedUnits, product(letters.y(letters.j, .before), letters.c(letters.k)))
    let out = sum.writtenOut(["k": 1])
    #expect(TextNotation().write(out).at(step: 3) == "y[0,0](2)·c[0,1](3) + y[0,1](2)·c[0,1](3)")
    var values = Values(steps: 3)
    for (place, number) in [
      (Place(.output, layer: 0, [0], step: 2), 0.5), (Place(.output, layer: 0, [1], step: 2), -2),
      (Place(.cell, layer: 0, [1], step: 3), 0.25),
    ] { values[place] = number }
    #expect(out.inNumbers(values, step: 3) == "(+0.500000)·(+0.250000) + (-2.000000)·(+0.250000)")
    #expect(out.value(values, Bindings(step: 3)) == -0.375)
  }
}
