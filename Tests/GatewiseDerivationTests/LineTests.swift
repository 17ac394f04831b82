import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("The lines of a derivation")
struct LineTests {
  private func derivation(
    _ weight: String, _ rule: GradientRule, hiddenSizes: [Int] = [2, 2]
  ) throws -> Derivation {
    let network = try DerivationNetwork(hiddenSizes: hiddenSizes)
    return try Derivation(of: Weight(weight, in: network.configuration), in: network, rule: rule)
  }

  @Test("have the edges of the graph, and those that a rule cuts")
  func edges() throws {
    let open = try #require(derivation("layer0.forget.recurrent", .truncatedRTRL()).line(.error, layer: 0)).line.edges
    #expect(
      open.filter { !$0.isCut }.map(\.from.kind) == [
        .currentDelta(.input), .currentDelta(.forget), .currentDelta(.candidate), .delta(.output),
      ])
    #expect(open.filter(\.isCut).map(\.from.kind) == [.cellError])
    #expect(open.allSatisfy { $0.to.kind == .error && $0.from.layer == 1 })
    let cut = try #require(
      derivation("layer0.forget.recurrent", .truncatedRTRL(lowerLayers: .none)).line(.error, layer: 0)
    ).line.edges
    #expect(cut.count == 4 && cut.allSatisfy(\.isCut))
    let back = try #require(derivation("layer0.forget.recurrent", .recurrentCut()).line(.outputError, layer: 1)).line
    #expect(back.edges.map(\.isCut) == [false, true, true, true, true] && back.cuts.count == 4)
  }

  @Test("are exactly those that the gradient needs")
  func needed() throws {
    let output = try derivation("layer0.output.input", .truncatedRTRL(), hiddenSizes: [2])
    #expect(output.line(.cellError, layer: 0) == nil && output.line(.cellTrace, layer: 0) == nil)
    #expect(output.line(.delta(.output), layer: 0) != nil)
    // BPTT needs all four: their errors come back through R.
    let full = try derivation("layer0.output.input", .bptt(), hiddenSizes: [2])
    #expect(Gate.allCases.allSatisfy { full.line(.delta($0), layer: 0) != nil })
    // By R0 no error of the layer above reaches the lower one.
    let none = try derivation("layer0.forget.input", .truncatedRTRL(lowerLayers: .none))
    #expect(none.lines.allSatisfy { $0.line.result.layer != 1 })
  }

  @Test("show both the error that R1 keeps and the error that it sends below")
  func currentAndOwn() throws {
    let lines = try derivation("layer0.forget.recurrent", .truncatedRTRL())
    for gate in [Gate.input, .forget, .candidate] {
      let (own, sent) = (lines.line(.delta(gate), layer: 1), lines.line(.currentDelta(gate), layer: 1))
      #expect(own?.line.role == .aside && sent?.line.role == .step)
      // They are equal at the last step, and differ before it.
      let (a, b) = (try #require(own).rows[0].numbers, try #require(sent).rows[0].numbers)
      #expect(relativeDifference([a[2]], [b[2]]) < 1e-12 && relativeDifference([a[0]], [b[0]]) > 1e-6)
    }
  }

  @Test("show the term that R1 drops: with it, the error below is R2's", arguments: PeepholePaths.allCases)
  func dropped(_ paths: PeepholePaths) throws {
    let network = try DerivationNetwork(hiddenSizes: [3, 2], peepholes: true)
    let weight = try Weight("layer0.forget.recurrent", in: network.configuration)
    let current = try Derivation(of: weight, in: network, rule: .truncatedRTRL(peepholePaths: paths))
    let whole = try Derivation(of: weight, in: network, rule: .recurrentCut(peepholePaths: paths))
    func numbers(_ derivation: Derivation) throws -> [Double] {
      try #require(derivation.line(.error, layer: 0)).rows.flatMap(\.numbers)
    }
    let open = current.changing {
      $0.change(.error, layer: 0) { for term in $0.terms.indices { $0.terms[term].cut = nil } }
    }
    let difference = try relativeDifference(numbers(open), numbers(whole))
    print("derive, R1 with the dropped term: \(difference) from R2")
    #expect(try difference < 1e-12 && relativeDifference(numbers(current), numbers(whole)) > 1e-3)
  }

  @Test("each have a number, an explanation, a note on the stack and a source")
  func complete() throws {
    for rule in Rules.all(peepholes: false) + Rules.inBlocks {
      let lines = try derivation("layer0.candidate.input", rule).lines
      #expect(lines.map(\.number) == Array(1...lines.count))
      #expect(
        lines.allSatisfy {
          !$0.line.words.pieces.isEmpty && !$0.line.inStack.pieces.isEmpty && !$0.line.source.paper.isEmpty
        })
    }
  }

  @Test("are refused for invalid rules, rules without lines of their own, and unreadable sizes")
  func refused() throws {
    #expect(throws: GatewiseError.self) { try derivation("layer0.input.bias", .truncatedBPTT(every: 2, depth: 1)) }
    #expect(throws: GatewiseError.self) { try derivation("layer0.input.bias", .truncatedBPTT(every: 0, depth: 1)) }
    #expect(throws: GatewiseError.self) { try derivation("layer0.input.bias", .bptt(segment: 2)) }
    #expect(throws: GatewiseError.self) { try DerivationNetwork(hiddenSizes: [17]) }
    #expect(throws: GatewiseError.self) { try DerivationNetwork(hiddenSizes: []) }
    #expect(throws: GatewiseError.self) { try DerivationNetwork(hiddenSizes: [2], steps: 0) }
  }
}
