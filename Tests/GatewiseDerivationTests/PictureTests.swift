import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("A picture")
struct PictureTests {
  /// Stacks of one to three layers, with and without peepholes.
  static let stacks: [([Int], Bool)] = [([2], false), ([2, 2], false), ([2, 3, 1], true)]

  private func derivation(
    _ weight: String, _ rule: GradientRule, _ hiddenSizes: [Int] = [2, 2], peepholes: Bool = false, steps: Int = 3
  ) throws -> Derivation {
    let network = try DerivationNetwork(hiddenSizes: hiddenSizes, peepholes: peepholes, steps: steps)
    return try Derivation(of: Weight(weight, in: network.configuration), in: network, rule: rule)
  }

  /// The edges that the lines require, as "line.edge@step", and those of them that are cut. Excluded are edges of
  /// missing steps, of steps after a block, of the loss's gradients of another block, and of derivatives of the initial
  /// state.
  private func expected(_ derivation: Derivation) -> (all: [String], cut: Set<String>) {
    var (all, cut): ([String], Set<String>) = ([], [])
    for evaluated in derivation.lines {
      for (index, edge) in evaluated.line.edges.enumerated() {
        let block = edge.from.block.map { derivation.engine.paths.blocks[$0 - 1] }
        let known = edge.from.kind == .lossError ? block?.errors : block?.steps
        // A block's contribution is drawn at its last step.
        for t in edge.from.step == nil ? block!.steps.suffix(1) : evaluated.steps[...] {
          let from = t + (edge.from.step?.offset ?? 0)
          let carriesValue =
            [.activation(.input), .activation(.forget), .activation(.candidate), .activation(.output)]
            .contains(edge.to.kind) || [.cell, .output].contains(edge.to.kind)
          guard from <= derivation.network.steps, from > 0 || carriesValue, known?.contains(from) != false else {
            continue
          }
          all.append("\(evaluated.number).\(index)@\(t)")
          if edge.isCut { cut.insert(all.last!) }
        }
      }
    }
    return (all.sorted(), cut)
  }

  @Test("draws every edge of every line once at every step, and dashes the cut ones", arguments: stacks)
  func edges(_ hiddenSizes: [Int], peepholes: Bool) throws {
    var (edges, arcs, cuts) = (0, 0, 0)
    for rule in Rules.all(peepholes: peepholes) + Rules.inBlocks {
      for weight in ["layer0.forget.recurrent", "layer\(hiddenSizes.count - 1).output.input", "layer0.candidate.bias"] {
        let derivation = try derivation(
          weight, rule, hiddenSizes, peepholes: peepholes, steps: rule.definition is TruncatedBPTT ? 5 : 3)
        let (all, cut) = expected(derivation)
        let drawn = try Markup(xml: Picture(of: derivation).svg).elements.filter { $0.classes.contains("edge") }
        let runs = drawn.map { $0["data-edges"].split(separator: " ").map(String.init) }
        #expect(runs.joined().sorted() == all)
        for (element, runs) in zip(drawn, runs) {
          #expect(element.classes.contains("cut") == !cut.isDisjoint(with: runs))
          // Values may run along an arc without errors; errors either all do or none.
          let errors = runs.filter { run in
            derivation.lines.contains { run.hasPrefix("\($0.number).") && $0.line.result.kind.current != .values }
          }
          #expect(cut.isDisjoint(with: runs) || cut.isSuperset(of: errors))
        }
        (edges, arcs, cuts) = (edges + all.count, arcs + drawn.count, cuts + cut.count)
      }
    }
    print("pictures of \(hiddenSizes), peepholes \(peepholes): \(edges) edges on \(arcs) arcs, \(cuts) of them cut")
    #expect(edges > arcs && arcs > 0 && cuts > 0)
  }

  @Test("labels every edge, and draws nothing over anything else", arguments: stacks)
  func places(_ hiddenSizes: [Int], peepholes: Bool) throws {
    for rule in Rules.all(peepholes: peepholes) + Rules.inBlocks {
      let graph = try PictureGraph(
        derivation(
          "layer0.forget.recurrent", rule, hiddenSizes, peepholes: peepholes,
          steps: rule.definition is TruncatedBPTT ? 5 : 3))
      let layout = PictureLayout(graph)
      let centers = graph.nodes.map(layout.center)
      #expect(Set(centers).count == graph.nodes.count)
      #expect(centers.allSatisfy { (0...layout.size.width).contains($0.x) && (0...layout.size.height).contains($0.y) })
      let routes = PictureRoutes(layout: layout)
      let strokes = graph.arcs.map { routes.stroke(of: $0).stroke }
      #expect(Set(strokes.map(\.path)).count == strokes.count && Set(strokes.map(\.label.at)).count == strokes.count)
      for arc in graph.arcs {
        #expect(!LabelNotation(step: arc.step).write(arc.partials[0]).isEmpty)
      }
      // The same edge has the same, unique name in every rule's picture.
      #expect(Set(graph.arcs.map { "\($0.name)@\($0.step)" }).count == graph.arcs.count)
    }
  }

  @Test("labels an edge with its factor in the line")
  func labels() throws {
    let graph = try PictureGraph(derivation("layer0.forget.recurrent", .truncatedRTRL()))
    let text = TextNotation()
    func label(_ from: PictureNode, _ to: PictureNode) throws -> String {
      let arc = try #require(graph.arcs.first { $0.from == from && $0.to == to })
      return text.write(arc.partials[0])
    }
    let output = PictureNode(.output, layer: 1, step: 2)
    #expect(try label(PictureNode(.gate(.output), layer: 1, step: 3), output) == "R^o[1;k,j]")
    #expect(try label(output, PictureNode(.gate(.output), layer: 1, step: 2)) == "tanh(c[1,k](t))·o'[1,k](t)")
    #expect(
      try label(
        PictureNode(.gate(.forget), layer: 1, step: 2), PictureNode(.outputReading, layer: 0, step: 2)) == "W^f[1;m,k]")
    #expect(
      try label(PictureNode(.cell, layer: 0, step: 3), PictureNode(.cell, layer: 0, step: 2)) == "f[0,k](t+1)")
    #expect(
      try label(PictureNode(.input, step: 1), PictureNode(.gate(.forget), layer: 0, step: 1)) == "W^f[0;m,k]")
  }

  @Test("is self-contained: no script, no font, no file, and a textual description")
  func alone() throws {
    for steps in [2, 5] {
      let svg = try Picture(of: derivation("layer1.forget.input", .recurrentCut(), steps: steps)).svg
      let markup = try Markup(xml: svg)
      #expect(markup.elements.first?.name == "svg" && markup.elements.map(\.name).filter { $0 == "desc" }.count == 1)
      #expect(!markup.elements.contains { ["script", "image", "use", "foreignObject", "link"].contains($0.name) })
      #expect(svg.externals.isEmpty && svg.contains("prefers-color-scheme: dark"))
      #expect(svg.contains("cut by the rule: the output of a layer"))
    }
  }
}
