import Foundation
import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("A page of derivations")
struct PageTests {
  private func page(_ rule: GradientRule, _ hiddenSizes: [Int] = [2, 2], peepholes: Bool = false) throws
    -> DerivationPage
  {
    let network = try DerivationNetwork(hiddenSizes: hiddenSizes, peepholes: peepholes)
    return try DerivationPage(
      of: Weight("layer0.forget.recurrent[1,0]", in: network.configuration), in: network, rule: rule)
  }

  /// The page without its parts that are not XML: its first line, and the script, which must not contain the script's
  /// end tag.
  private func markup(_ html: String) throws -> Markup {
    let pieces = html.split(separator: "<script>").flatMap { $0.split(separator: "</script>") }
    try #require(pieces.count == 3)
    #expect(pieces[0].hasPrefix("<!doctype html>\n"))
    return try Markup(xml: String(pieces[0].dropFirst("<!doctype html>\n".count)) + String(pieces[2]))
  }

  @Test("has every rule's derivation with all its lines, and only their numbers", arguments: [false, true])
  func numbers(peepholes: Bool) throws {
    let page = try self.page(.truncatedRTRL(), [2, 3], peepholes: peepholes)
    let markup = try self.markup(page.html)
    #expect(page.holds && page.derivations.count >= 5)
    var (next, count) = (0, 0)
    let articles = markup.elements.indices.filter { markup.elements[$0].name == "article" }
    for derivation in page.derivations {
      for line in derivation.lines {
        let article = articles[next]
        next += 1
        #expect(markup.elements[article]["data-line"] == "\(line.number)")
        let end = next < articles.count ? articles[next] : markup.elements.count
        let cells = markup.elements[article..<end].filter { $0.name == "td" }.map(\.text)
        let isLast = line.number == derivation.lines.last!.number
        let numbers =
          line.rows.prefix(4).flatMap { $0.numbers + ($0.engine ?? []) } + (isLast ? [derivation.complexStep] : [])
        #expect(cells.count == numbers.count)
        for (cell, number) in zip(cells, numbers) {
          let shown = try #require(Double(cell.replacing("−", with: "-")))
          #expect(abs(shown - number) <= max(5e-10, 1e-5 * abs(number)), "\(cell) is shown for \(number)")
          count += 1
        }
      }
      // The page has the text of the other formats, with all blocks.
      #expect(markup.elements.contains { $0.name == "h2" && $0.text == "By \(derivation.ruleName)" })
    }
    #expect(next == articles.count)
    print("page, peepholes \(peepholes): \(count) numbers, each that of its line")
  }

  @Test("draws the same pictures as the drawings, with every edge focusable and labeled")
  func pictures() throws {
    let page = try self.page(.recurrentCut())
    let figures = try markup(page.html).elements
    let edges = figures.filter { $0.classes.contains("edge") }
    let drawn = try page.derivations.flatMap {
      try Markup(xml: Picture(of: $0).svg).elements.filter { $0.classes.contains("edge") }
    }
    #expect(edges.map { $0["data-edges"] } == drawn.map { $0["data-edges"] } && edges.count > 500)
    #expect(edges.allSatisfy { $0["role"] == "button" && $0["aria-label"].hasPrefix("Line ") })
    #expect(edges.count { $0["tabindex"] == "0" } == page.derivations.count)
    // Every edge leads to lines, and every summand is identified by its edges.
    let ids = figures.filter { $0.name == "article" }.map { $0["id"] }
    #expect(Set(ids).count == ids.count)
    #expect(Set(figures.compactMap { $0.attributes["id"] }).count == figures.count { $0.attributes["id"] != nil })
  }

  @Test("begins with the given rule, and shares its peephole paths")
  func chosen() throws {
    func checked(_ rule: GradientRule) throws -> [String] {
      try markup(self.page(rule, peepholes: true).html).elements.filter {
        $0["checked"] == "checked" && $0["name"] == "rule"
      }.map { $0["value"] }
    }
    #expect(try checked(.bptt()) == ["bptt"])
    #expect(try checked(.truncatedRTRL(lowerLayers: .none)) == ["r0"])
    #expect(try checked(.recurrentCut()) == ["r2"])
    let page = try self.page(.recurrentCut(peepholePaths: .attached), peepholes: true)
    let paths = page.derivations.map(\.engine.paths).filter { !$0.throughRecurrence }
    #expect(paths.count == 3 && paths.allSatisfy { $0.peepholes == .attached })
    #expect(throws: GatewiseError.self) { try self.page(.bptt(segment: 2)) }
  }

  @Test("shows truncated BPTT block by block, with the settings in its name")
  func blocks() throws {
    func names(_ rule: GradientRule, steps: Int) -> [String] {
      RuleChoice.all(beside: rule, steps: steps).filter { $0.key == "tbptt" }.map(\.title)
    }
    #expect(names(.bptt(), steps: 3) == ["Truncated BPTT, every 1, 2 deep"])
    #expect(names(.bptt(), steps: 16) == ["Truncated BPTT, every 5, 6 deep"])
    #expect(names(.truncatedBPTT(every: 4, depth: 9), steps: 3) == ["Truncated BPTT, every 4, 9 deep"])
    let page = try self.page(.truncatedBPTT(every: 1, depth: 2))
    let elements = try markup(page.html).elements
    let boxes = elements.filter { $0["name"] == "block" }
    #expect(boxes.map { $0["value"] } == ["all", "1", "2", "3"] && boxes.first?["checked"] == "checked")
    let lines = try #require(page.derivations.first { $0.engine.rule.definition is TruncatedBPTT }).lines
    for block in 1...3 {
      #expect(page.html.contains("body:has(#block-\(block):checked)"))
      let articles = elements.filter { $0.name == "article" && $0["data-block"] == "\(block)" }
      #expect(articles.map { $0["data-line"] } == lines.filter { $0.line.result.block == block }.map { "\($0.number)" })
      // The edges of a block's lines belong to the block.
      let edges = elements.filter { $0.classes.contains("edge") && $0.classes.contains("block-\(block)") }
      let own = Set(
        edges.flatMap { $0["data-edges"].split(separator: " ").map { String($0.split(separator: ".")[0]) } })
      #expect(own.isSuperset(of: articles.map { $0["data-line"] }) && !edges.isEmpty)
    }
    #expect(try !self.page(.truncatedBPTT(every: 3, depth: 3)).html.contains("id=\"block-1\""))
  }

  @Test("needs no network and no other file")
  func alone() throws {
    let html = try self.page(.bptt()).html
    #expect(html.externals.isEmpty, "\(html.externals)")
    #expect(!html.contains("<link rel=\"stylesheet\"") && html.contains("name=\"viewport\""))
  }
}
