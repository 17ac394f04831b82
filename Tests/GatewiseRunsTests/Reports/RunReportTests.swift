import Foundation
import FoundationXML
import Testing

@testable import GatewiseRuns

@Suite("Run reports") struct RunReportTests {
  /// Collects the elements of a page; `parse()` is false if it is not well-formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    var text = ""
    func parser(
      _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
      attributes: [String: String]
    ) { elements.append((name, attributes)) }
    func parser(_: XMLParser, foundCharacters characters: String) { text += characters }
  }

  private func read(_ report: RunReport) throws -> Reader {
    let reader = Reader()
    let parser = XMLParser(data: Data(report.html.dropFirst("<!doctype html>\n".count).utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return reader
  }

  /// Returns the entries of a run of `steps` updates of two layers and a readout, with all measurements at every
  /// `every`th update.
  private func entries(steps: Int, every: Int) -> [RunLogEntry] {
    (1...steps).map { step in
      var entry = RunLogEntry(
        step: step, loss: 1 + 3 * exp(-Double(step) / 100), gradientNorm: pow(10, -3 * Double(step) / Double(steps)),
        learningRate: 0.01, seconds: Double(step) / 10, rowsPerSecond: 2048)
      guard step.isMultiple(of: every) else { return entry }
      entry.validation = step == every ? 1.25 : 2
      entry.gradientNorms = [
        "layer0/input": 3, "layer0/forget": 4, "layer10/output": 1, "layer2/output": 2, "readout": 1,
      ]
      entry.saturation = [
        "layer0/output": 0.07, "layer0/forget": 0.125, "layer0_reverse/candidate": 0.03, "layer0/input": 0,
      ]
      return entry
    }
  }

  @Test("a page is self-contained and shows all measurements")
  func page() throws {
    let report = RunReport(
      title: "runs/<one> & \"more\"", unit: "bits < 8", entries: entries(steps: 1000, every: 100),
      settings: [.init("--csv", "a<b>&.csv")], figures: [.init("RMSE of <temperature>", "1.5")])
    let page = try read(report)
    print("\(report.html.utf8.count) bytes, \(page.elements.count) elements")
    for word in ["http", "<script", "url(", "@import", "nan", "inf\""] { #expect(!report.html.contains(word)) }
    #expect(!page.elements.contains { $0.attributes["src"] != nil })
    #expect(page.elements.filter { $0.attributes["href"] != nil }.map(\.attributes["href"]) == ["data:,"])
    for words in [
      "runs/<one> & \"more\"", "a<b>&.csv", "RMSE of <temperature>", "bits < 8", "1.250 bits < 8, at step 100",
      "1 min 40 s", "2048 (median)", "layer 0, reverse", "0 % ", "20 %",
    ] { #expect(page.text.contains(words), "\(words)") }
    // Loss, rate, norm, norms by layer, and saturation in two directions.
    #expect(page.elements.filter { $0.name == "figure" }.count == 6)
    // Layers in numerical order with one line each, preceded by the last norm; for layer 0 that of both gates.
    let names = ["layer 05.000", "layer 22.000", "layer 101.000", "readout1.000"]
    let spots = names.map { page.text.replacing(" ", with: "").range(of: $0.replacing(" ", with: ""))?.lowerBound }
    #expect(!spots.contains(nil) && spots.compactMap(\.self) == spots.compactMap(\.self).sorted())
    let lines = page.elements.filter { $0.name == "polyline" && $0.attributes["points"]!.count > 20 }
    #expect(lines.count == 2 + 1 + 1 + 4)
    for line in lines {
      let places = line.attributes["points"]!.split(separator: " ").map { $0.split(separator: ",").map { Double($0)! } }
      #expect(places.allSatisfy { (52...388).contains($0[0]) && (24...208).contains($0[1]) })
    }
    // Ten measurements of four gates; the largest is 12.5 of 20 %, whose root is 0.79.
    let cells = page.elements.filter { $0.name == "rect" && $0.attributes["x"] != nil && $0.attributes["y"] != nil }
    #expect(cells.filter { $0.attributes["class"] == "cell" }.count == 40)
    #expect(cells.filter { $0.attributes["fill-opacity"] == "0.79" }.count == 10)
  }

  @Test("gates are in the order i, f, g, o")
  func gateOrder() throws {
    let entry = RunLogEntry(
      step: 5, saturation: ["output", "candidate", "forget", "input"].map { LayerFigure("layer0/\($0)", 0.5) })
    let text = try read(RunReport(title: "t", unit: "loss", entries: [entry])).text
    let places = try ["\ninput\n", "\nforget\n", "\ncandidate\n", "\noutput\n"].map {
      try #require(text.range(of: $0)).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test("runs with no entry, one entry or non-finite numbers are shown, too")
  func extremes() throws {
    let nothing = try read(RunReport(title: "", unit: "", entries: []))
    #expect(nothing.text.contains("nothing was measured"))
    for value: Double in [0, -1, 1e308, -1e308, .leastNonzeroMagnitude, .nan, .infinity] {
      let figures = [LayerFigure("layer0/input", value), LayerFigure("", value), LayerFigure("a/b/c", 1)]
      let entry = RunLogEntry(
        step: 0, loss: value, validation: value, gradientNorm: value, learningRate: value, seconds: value,
        rowsPerSecond: value, gradientNorms: figures, weightNorms: figures, saturation: figures)
      var other = entry
      (other.step, other.loss, other.gradientNorm) = (3, -1e308, 1)
      for entries in [[entry], [entry, other], Array(repeating: other, count: 1000)] {
        let page = try read(RunReport(title: "t", unit: "loss", entries: entries))
        for (name, attributes) in page.elements where name != "svg" {
          for (key, text) in attributes where ["x", "y", "cx", "cy", "width", "points", "fill-opacity"].contains(key) {
            #expect(!text.contains("n") && !text.contains("e"), "\(name) \(key)=\(text)")
          }
        }
      }
    }
    let folder = try TemporaryFolder()
    let report = RunReport(title: "t", unit: "loss", entries: entries(steps: 3, every: 1))
    try report.write(to: folder.path + "/report.html")
    #expect(try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8) == report.html)
  }
}
