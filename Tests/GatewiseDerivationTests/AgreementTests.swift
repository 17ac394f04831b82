import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("Every number of a derivation")
struct AgreementTests {
  @Test(
    "agrees with the engine, and the gradient with the complex step",
    arguments: [[2], [3, 2], [2, 3, 2]], [false, true])
  func agrees(_ hiddenSizes: [Int], peepholes: Bool) throws {
    let network = try DerivationNetwork(inputSize: 3, hiddenSizes: hiddenSizes, peepholes: peepholes, seed: 5)
    let weights = try network.configuration.weights()
    for rule in Rules.all(peepholes: peepholes) {
      let engine = try EngineNumbers(of: network, rule: rule)
      var (worst, worstComplex, lines) = (0.0, 0.0, 0)
      for weight in weights {
        let derivation = Derivation(of: weight, beside: engine)
        worst = max(worst, derivation.greatestDifference)
        worstComplex = max(worstComplex, derivation.complexStepDifference)
        lines += derivation.lines.count
        #expect(
          derivation.holds,
          """
          \(weight) by \(derivation.ruleName): lines \(derivation.disagreements.map(\.number)) differ, the complex \
          step by \(derivation.complexStepDifference)
          """
        )
      }
      print(
        """
        derive \(hiddenSizes) peepholes \(peepholes) \(rule): \(weights.count) weights, \(lines) lines: \
        engine \(worst), complex step \(worstComplex)
        """
      )
    }
  }

  @Test("exists for one step and for many, and for layers of one unit", arguments: [1, 9])
  func steps(_ steps: Int) throws {
    let network = try DerivationNetwork(inputSize: 1, hiddenSizes: [1, 1], peepholes: true, steps: steps, seed: 3)
    for rule in Rules.all(peepholes: true) {
      for weight in try network.configuration.weights() {
        let derivation = try Derivation(of: weight, in: network, rule: rule)
        #expect(derivation.holds && derivation.lines.allSatisfy { $0.rows.allSatisfy { $0.numbers.count <= steps } })
      }
    }
  }

  @Test("has a counterpart in the engine, also for errors of cell states", arguments: [false, true])
  func engineNumbers(peepholes: Bool) throws {
    let network = try DerivationNetwork(hiddenSizes: [2, 3], peepholes: peepholes, steps: 4)
    let weight = try Weight("layer0.forget.recurrent[1,0]", in: network.configuration)
    var worst: [Quantity.Kind: Double] = [:]
    for rule in Rules.all(peepholes: peepholes) + Rules.inBlocks {
      let derivation = try Derivation(of: weight, in: network, rule: rule)
      for line in derivation.lines {
        let kind = line.line.result.kind
        let difference = try #require(
          line.difference, "\(derivation.ruleName), line \(line.number) has no number of the engine")
        #expect(line.rows.allSatisfy { $0.engine?.count == $0.numbers.count })
        worst[kind] = max(worst[kind] ?? 0, difference)
      }
    }
    for kind in [Quantity.Kind.error, .cellEntry, .cellError] {
      let difference = try #require(worst[kind])
      print("derive, peepholes \(peepholes), \(kind): \(difference) from the engine")
      #expect(difference < 1e-12)
    }
  }

  @Test("must have a counterpart in the engine: a line without one does not agree")
  func missing() throws {
    let network = try DerivationNetwork(hiddenSizes: [2])
    let weight = try Weight("layer0.forget.bias", in: network.configuration)
    let wrong = try Derivation(of: weight, in: network, rule: .bptt()).changing {
      $0.change(.cellEntry, layer: 0) {
        $0.result = Quantity(.currentDelta(.output), layer: 0, $0.result.indices, .now)
      }
      $0.change(.cellError, layer: 0) {
        $0.terms[0].expression = $0.terms[0].expression.mapping {
          Quantity(.currentDelta(.output), layer: 0, $0.indices, .now)
        }
      }
    }
    #expect(!wrong.holds && wrong.disagreements.map(\.difference) == [nil])
    #expect(TextWriter().text(wrong).contains("has no such number"))
  }

  @Test("distinguishes the rules below the highest layer, but not in it")
  func rulesDiffer() throws {
    let network = try DerivationNetwork(hiddenSizes: [2, 2])
    func gradients(_ weight: String) throws -> [Double] {
      try Rules.all(peepholes: false).map {
        try Derivation(of: Weight(weight, in: network.configuration), in: network, rule: $0).gradient
      }
    }
    let lower = try gradients("layer0.forget.recurrent[1,0]")
    let upper = try gradients("layer1.forget.recurrent[1,0]")
    print("derive, lower layer: \(lower); upper: \(upper)")
    // BPTT, RTRL, R2, R1, R0
    #expect(relativeDifference([lower[0]], [lower[1]]) < 1e-12 && lower[4] == 0)
    for (a, b) in [(0, 2), (0, 3), (2, 3)] { #expect(relativeDifference([lower[a]], [lower[b]]) > 1e-3) }
    for rule in [3, 4] { #expect(relativeDifference([upper[2]], [upper[rule]]) < 1e-12) }
    #expect(relativeDifference([upper[0]], [upper[2]]) > 1e-3)
  }
}
