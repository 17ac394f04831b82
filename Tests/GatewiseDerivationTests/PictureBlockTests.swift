import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("A picture of truncated BPTT")
struct PictureBlockTests {
  private func graph(
    every: Int, depth: Int, steps: Int, _ hiddenSizes: [Int] = [2, 2], weight: String = "layer0.forget.recurrent"
  ) throws -> PictureGraph {
    let network = try DerivationNetwork(hiddenSizes: hiddenSizes, peepholes: true, steps: steps)
    return try PictureGraph(
      Derivation(
        of: Weight(weight, in: network.configuration), in: network, rule: .truncatedBPTT(every: every, depth: depth)))
  }

  @Test(
    "cuts only the paths to the state before each block",
    arguments: [(1, 2, 3), (2, 3, 5), (2, 2, 4), (1, 1, 3), (3, 5, 9)], [1, 2, 3])
  func cuts(_ setting: (every: Int, depth: Int, steps: Int), layers: Int) throws {
    let graph = try graph(
      every: setting.every, depth: setting.depth, steps: setting.steps, Array(repeating: 2, count: layers))
    let inFront = graph.derivation.errorBlocks.filter(\.isCut)
    let cut = graph.arcs.filter(\.isCut)
    // Four gates, the cell state, and two peepholes in each layer.
    #expect(cut.count == Set(inFront.map(\.stepBefore)).count * layers * 7 && !cut.isEmpty)
    for arc in cut {
      let blocks = inFront.filter { arc.blocks.contains($0.number) }
      #expect(blocks.count == arc.blocks.count && !blocks.isEmpty)
      #expect(blocks.allSatisfy { arc.to.step == $0.stepBefore && arc.from.step == $0.stepBefore + 1 })
      #expect(arc.runs.allSatisfy { $0.term.cut == .recordedState || $0.carriesValue })
      // If another block's errors run along the same path, they have a connection beside it.
      let open = graph.arcs.filter { !$0.isCut && Set([$0.from, $0.to]) == Set([arc.from, arc.to]) }
      #expect(open.count == (arc.isBeside ? 1 : 0) && open.allSatisfy { Set($0.blocks).isDisjoint(with: arc.blocks) })
    }
  }

  @Test("has a place for each block's contribution, between the errors of its steps and the sum")
  func gradients() throws {
    for weight in ["layer0.forget.recurrent", "layer2.output.bias"] {
      let graph = try graph(every: 1, depth: 3, steps: 5, [2, 2, 2], weight: weight)
      for block in graph.derivation.errorBlocks {
        let node = PictureNode(.blockGradient(block.number), step: block.steps.upperBound)
        #expect(graph.nodes.contains(node))
        let into = graph.arcs.filter { $0.to == node }
        #expect(into.map(\.from.step) == Array(block.steps) && into.allSatisfy { $0.blocks == [block.number] })
        let out = graph.arcs.filter { $0.from == node }
        #expect(out.map(\.to) == [PictureNode(.gradient)] && out[0].style == .gradient)
        let loss = graph.arcs.filter { $0.from.kind == .loss && $0.blocks.contains(block.number) }
        #expect(loss.map(\.from.step) == Array(block.errors))
      }
    }
  }

  @Test("gives blocks with common steps separate rows")
  func rows() throws {
    for (every, depth, count) in [(1, 1, 1), (1, 2, 2), (1, 6, 6), (2, 3, 2), (6, 6, 1)] {
      let graph = try graph(every: every, depth: depth, steps: 6)
      let layout = PictureLayout(graph)
      let blocks = graph.derivation.errorBlocks
      #expect(Set(blocks.map { layout.row(ofBlock: $0.number) }).count == count)
      for (one, other) in zip(blocks, blocks.dropFirst()) where one.steps.overlaps(other.steps) {
        #expect(layout.row(ofBlock: one.number) != layout.row(ofBlock: other.number))
      }
    }
  }

  @Test("describes each block, in the drawing and in its letters")
  func words() throws {
    let derivation = try graph(every: 1, depth: 2, steps: 3).derivation
    let svg = Picture(of: derivation).svg
    let texts = try Markup(xml: svg).elements.filter { $0.name == "text" }.map(\.text)
    for block in derivation.errorBlocks {
      #expect(texts.contains { $0.contains("block \(block.number): The errors of step \(block.number) go back") })
      #expect(texts.contains { $0.replacing("\u{200B}", with: "") == "∂E\(block.number)/∂w" })
    }
    #expect(svg.contains("cut by the rule: the state before a block"))
    #expect(svg.externals.isEmpty)
  }
}
