import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("A derivation with a wrong line")
struct WrongLineTests {
  private let network: DerivationNetwork
  private let weight: Weight

  init() throws {
    network = try DerivationNetwork(hiddenSizes: [2, 2], peepholes: true)
    weight = try Weight("layer0.forget.recurrent[1,0]", in: network.configuration)
  }

  @Test("flags the error below without the output gate's term, but not the upper layer")
  func netOutDropped() throws {
    let derivation = try Derivation(of: weight, in: network, rule: .truncatedRTRL())
    let wrong = derivation.changing {
      $0.change(.error, layer: 0) { if $0.role == .step { $0.terms.removeAll { $0.path.contains("output gate") } } }
    }
    let first = try #require(wrong.disagreements.first)
    print(
      "derive without net_out: \(first.difference ?? 0), gradient \(wrong.gradient) instead of \(derivation.gradient)")
    #expect(first.line.result.kind == .error && first.line.result.layer == 0)
    #expect(try #require(first.difference) > 1e-2)
    #expect(!wrong.holds && !wrong.agreesWithComplexStep && derivation.holds)
    #expect(TextWriter().text(wrong).contains("DIFFERS"))
  }

  @Test("flags δ of the input gate computed from i instead of g")
  func inputForCandidate() throws {
    let weight = try Weight("layer0.input.bias", in: network.configuration)
    let derivation = try Derivation(of: weight, in: network, rule: .bptt())
    let wrong = derivation.changing {
      $0.change(.delta(.input), layer: 0) {
        $0.terms[0].expression = $0.terms[0].expression.replacing(.activation(.candidate), with: .activation(.input))
      }
    }
    // δ of step t+1 enters earlier lines.
    #expect(wrong.disagreements.contains { $0.line.result.kind == .delta(.input) && $0.line.result.layer == 0 })
    #expect(!wrong.holds)
  }

  @Test("is detected whichever term is omitted")
  func everyTerm() throws {
    var count = 0
    for rule in Rules.all(peepholes: true) {
      let engine = try EngineNumbers(of: network, rule: rule)
      for gate in [Gate.forget, .output] {
        // By R0 everything in the lower layer is zero, with or without a term.
        let layer = engine.paths.below == .nothing ? 1 : 0
        let weight = try Weight("layer\(layer).\(gate.rawValue).recurrent[1,0]", in: network.configuration)
        let derivation = Derivation(of: weight, beside: engine)
        let sections = Section.all(network.configuration, weight, engine.paths)
        for (s, section) in sections.enumerated() {
          for (l, line) in section.lines.enumerated() {
            for (term, summand) in line.terms.enumerated() where summand.cut == nil {
              let isSeen = !derivation.changing { $0[s].lines[l].terms.remove(at: term) }.holds
              count += 1
              #expect(isSeen, "\(derivation.ruleName), \(line.result) without \(summand.path)")
            }
          }
        }
      }
    }
    print("derive: \(count) terms omitted, all detected")
    #expect(count > 500)
  }
}

extension Expression {
  /// The formula with one kind of quantity replaced by another; derivatives of activations stay.
  fileprivate func replacing(_ kind: Quantity.Kind, with other: Quantity.Kind) -> Expression {
    switch self {
    case .quantity(let quantity) where quantity.kind == kind:
      .quantity(Quantity(other, layer: quantity.layer, quantity.indices, quantity.step))
    case .constant, .quantity, .slope: self
    case .function(let function, let argument): .function(function, argument.replacing(kind, with: other))
    case .sum(let terms): .sum(terms.map { $0.replacing(kind, with: other) })
    case .product(let factors): .product(factors.map { $0.replacing(kind, with: other) })
    case .total(let letter, let body): .total(letter, body.replacing(kind, with: other))
    case .totalOverSteps(let body): .totalOverSteps(body.replacing(kind, with: other))
    }
  }
}
