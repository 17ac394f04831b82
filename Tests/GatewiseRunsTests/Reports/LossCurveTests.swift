import Foundation
import FoundationXML
import Testing

@testable import GatewiseRuns

@Suite("Loss curves") struct LossCurveTests {
  /// Collects the elements of an SVG file; `parse()` is false if it is not well-formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    func parser(
      _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
      attributes: [String: String]
    ) { elements.append((name, attributes)) }
  }

  private func points(_ curve: LossCurve) throws -> [String: [[Double]]] {
    let reader = Reader()
    let parser = XMLParser(data: Data(curve.svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    var lines: [String: [[Double]]] = [:]
    for (name, attributes) in reader.elements where name == "polyline" {
      guard let style = attributes["class"], lines[style] == nil else { continue }
      lines[style] = attributes["points"]?.split(separator: " ").map { $0.split(separator: ",").map { Double($0)! } }
    }
    return lines
  }

  @Test("points lie inside the drawing, lower losses lower, and the file is self-contained")
  func drawing() throws {
    var curve = LossCurve(title: "characters of <Sources> & more", unit: "bits per character")
    for step in 1...5000 { curve.addTraining(step: step, loss: 2 + 3 * exp(-Double(step) / 800)) }
    for step in stride(from: 500, through: 5000, by: 500) { curve.addValidation(step: step, loss: 2.3) }
    curve.addValidation(step: 5001, loss: .nan)
    let lines = try points(curve)
    let training = try #require(lines["line0"])
    print("\(curve.svg.utf8.count) bytes, \(training.count) points, \(lines["line1"]!.count) of validation")
    #expect(training.count == 400 && lines["line1"]?.count == 10)
    #expect(training.allSatisfy { (64...696).contains($0[0]) && (48...368).contains($0[1]) })
    #expect(zip(training, training.dropFirst()).allSatisfy { $0[0] <= $1[0] && $0[1] <= $1[1] })
    for word in ["prefers-color-scheme: dark", "bits per character", "&lt;Sources&gt; &amp; more", ">step<"] {
      #expect(curve.svg.contains(word))
    }
    #expect(!curve.svg.contains("href") && !curve.svg.contains("nan"))
  }

  @Test("curves with no point, one point or one value are drawn, too")
  func extremes() throws {
    var curve = LossCurve(title: "t", unit: "loss")
    _ = try points(curve)
    #expect(curve.svg.contains("no finite loss"))
    for loss in [0, -5, 1e300, 1e-300, .infinity] {
      curve.addTraining(step: 0, loss: loss)
      for (_, line) in try points(curve) { #expect(line.allSatisfy { $0.allSatisfy(\.isFinite) }) }
    }
    let folder = try TemporaryFolder()
    try curve.write(to: folder.path + "/loss.svg")
    #expect(try String(contentsOfFile: folder.path + "/loss.svg", encoding: .utf8) == curve.svg)
  }

  @Test("ticks are round and lie within the range")
  func ticks() {
    #expect(Ticks.linear(in: 0...5000, about: 6) == [0, 1000, 2000, 3000, 4000, 5000])
    #expect(Ticks.linear(in: 0.13...0.31, about: 6).map { ($0 * 1000).rounded() } == [150, 200, 250, 300])
    #expect(Ticks.linear(in: 1...1, about: 6).isEmpty)
    #expect(Ticks.logarithmic(in: 0.03...3, about: 6) == [0.05, 0.1, 0.2, 0.5, 1, 2])
    #expect(Ticks.logarithmic(in: 1e-12...1, about: 6) == [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1])
  }
}
