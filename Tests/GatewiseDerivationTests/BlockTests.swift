@testable import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("The derivation of truncated BPTT")
struct BlockTests {
  @Test("has the same points as the engine")
  func points() {
    func blocks(_ every: Int, _ depth: Int, _ steps: Int) -> [[ClosedRange<Int>]] {
      ErrorBlock.all(TruncatedBPTT(every: every, depth: depth, deltaClip: nil), steps: steps).map {
        [$0.errors, $0.steps]
      }
    }
    #expect(blocks(2, 3, 5) == [[1...2, 1...2], [3...4, 2...4], [5...5, 3...5]])
    #expect(blocks(2, 2, 4) == [[1...2, 1...2], [3...4, 3...4]])
    #expect(blocks(1, 9, 3) == [[1...1, 1...1], [2...2, 1...2], [3...3, 1...3]])
    #expect(blocks(4, 4, 3) == [[1...3, 1...3]])
    #expect(blocks(3, 3, 1) == [[1...1, 1...1]])
  }

  @Test(
    "agrees with the engine in every line, and with the network with recorded states",
    arguments: [[2], [3, 2], [2, 3, 2]], [(1, 1, 3), (2, 3, 5), (2, 2, 5), (3, 5, 7), (1, 4, 4), (2, 9, 5), (4, 4, 3)])
  func agrees(_ hiddenSizes: [Int], _ setting: (every: Int, depth: Int, steps: Int)) throws {
    let network = try DerivationNetwork(
      inputSize: 3, hiddenSizes: hiddenSizes, peepholes: setting.steps != 5, steps: setting.steps, seed: 5)
    let engine = try EngineNumbers(of: network, rule: .truncatedBPTT(every: setting.every, depth: setting.depth))
    let weights = try network.configuration.weights()
    var (worst, worstComplex, lines) = (0.0, 0.0, 0)
    for weight in weights {
      let derivation = Derivation(of: weight, beside: engine)
      worst = max(worst, derivation.greatestDifference)
      worstComplex = max(worstComplex, derivation.complexStepDifference)
      lines += derivation.lines.count
      #expect(derivation.holds, "\(weight): lines \(derivation.disagreements.map(\.number)) differ")
    }
    print(
      "derive \(hiddenSizes) \(engine.paths.name), T \(setting.steps): \(weights.count) weights, \(lines) lines:"
        + " engine \(worst), complex step \(worstComplex)"
    )
  }

  private func derivation(_ rule: GradientRule, peepholes: Bool = true) throws -> Derivation {
    let network = try DerivationNetwork(hiddenSizes: [2, 2], peepholes: peepholes, steps: 5)
    return try Derivation(
      of: Weight("layer0.forget.recurrent[1,0]", in: network.configuration), in: network, rule: rule)
  }

  @Test("has the gradient of BPTT if a block reaches all steps, and another otherwise")
  func depth() throws {
    let full = try derivation(.bptt()).gradient
    #expect(try relativeDifference([derivation(.truncatedBPTT(every: 2, depth: 5)).gradient], [full]) < 1e-12)
    #expect(try relativeDifference([derivation(.truncatedBPTT(every: 2, depth: 3)).gradient], [full]) > 1e-3)
  }

  @Test("sums the contributions of the blocks, each of which has every line once")
  func sum() throws {
    let derivation = try derivation(.truncatedBPTT(every: 2, depth: 3))
    let added = derivation.lines.filter { $0.line.result.kind == .gradient && $0.line.result.block != nil }
    #expect(added.map(\.line.result.block) == [1, 2, 3] && added.map(\.steps) == [1...2, 2...4, 3...5])
    #expect(added.reduce(0) { $0 + $1.rows[0].numbers[0] } == derivation.gradient)
    for kind in [Quantity.Kind.error, .outputError, .cellError, .delta(.output)] {
      let counts = (1...3).map { block in
        derivation.lines.count {
          $0.line.result.kind == kind && $0.line.result.block == block && $0.line.role == .step
        }
      }
      #expect(counts == [2, 2, 2], "\(kind)")
    }
    // The errors of other blocks' steps do not belong to a block.
    let top = try #require(
      derivation.lines.first { $0.line.result == Quantity(.error, layer: 1, $0.line.result.indices, .now, block: 2) })
    #expect(top.steps == 2...4 && top.rows.allSatisfy { $0.numbers[0] == 0 && $0.numbers[1] != 0 })
  }

  @Test("cuts only the paths to the state before a block")
  func cuts() throws {
    let derivation = try derivation(.truncatedBPTT(every: 2, depth: 3))
    let cut = derivation.lines.filter { !$0.line.cuts.isEmpty }
    #expect(cut.map(\.line.result.block) == Array(repeating: 2, count: 4) + Array(repeating: 3, count: 4))
    #expect(cut.map(\.steps) == Array(repeating: 1...1, count: 4) + Array(repeating: 2...2, count: 4))
    for line in cut {
      #expect(line.line.terms.allSatisfy { $0.cut == .recordedState } && line.line.edges.allSatisfy(\.isCut))
      #expect(line.rows.allSatisfy { $0.numbers == [0] && $0.engine == [0] })
    }
    #expect(try self.derivation(.truncatedBPTT(every: 2, depth: 5)).lines.allSatisfy(\.line.cuts.isEmpty))
  }

  @Test("flags every omitted term, and every path that is not cut")
  func wrongTerms() throws {
    let derivation = try derivation(.truncatedBPTT(every: 2, depth: 3))
    let sections = Section.all(derivation.network.configuration, derivation.weight, derivation.engine.paths)
    var (left, opened) = (0, 0)
    for (s, section) in sections.enumerated() {
      for (l, line) in section.lines.enumerated() {
        for (t, term) in line.terms.enumerated() {
          if term.cut == nil { left += 1 } else { opened += 1 }
          let wrong = derivation.changing { sections in
            if term.cut == nil {
              sections[s].lines[l].terms.remove(at: t)
            } else {
              sections[s].lines[l].terms[t].cut = nil
            }
          }
          #expect(!wrong.holds, "\(section.title), \(line.result): \(term.path)")
        }
      }
    }
    print("derive, blocks: \(left) terms omitted and \(opened) cut paths opened, all detected")
    #expect(left > 120 && opened == 28)
  }
}
