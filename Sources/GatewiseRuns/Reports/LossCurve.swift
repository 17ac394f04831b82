import Foundation
import Gatewise

/// The losses of a run, drawn as an SVG file that stands by itself and is readable on light and on dark pages.
public struct LossCurve: Sendable, Codable {
  /// One measured loss.
  public struct Point: Sendable, Equatable, Codable {
    /// The number of updates made before.
    public let step: Int
    /// The loss; points that are not finite are not drawn.
    public let loss: Double
  }

  /// What the curve is of.
  public var title: String
  /// What the loss is measured in, for example `bits per character`.
  public let unit: String
  /// The training losses, in the order of their steps.
  public private(set) var training: [Point] = []
  /// The validation losses, in the order of their steps.
  public private(set) var validation: [Point] = []

  /// An empty curve.
  public init(title: String, unit: String) {
    self.title = title
    self.unit = unit
  }

  /// Adds the training loss of a step.
  public mutating func addTraining(step: Int, loss: Double) { training.append(Point(step: step, loss: loss)) }

  /// Adds the validation loss after a step.
  public mutating func addValidation(step: Int, loss: Double) { validation.append(Point(step: step, loss: loss)) }

  /// Writes the drawing, all or nothing.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be written.
  public func write(to path: String) throws(GatewiseError) { try AtomicFile.write(svg, to: path) }

  /// The drawing. Long training curves are drawn as the means of 400 equal parts.
  public var svg: String {
    let training = Self.condensed(self.training.filter(\.loss.isFinite), to: 400)
    let validation = self.validation.filter(\.loss.isFinite)
    let chart = Chart(points: training + validation)
    var body = chart.axes(unit: Self.escaped(unit))
    body += chart.line(training, style: "training")
    body += chart.line(validation, style: "validation")
    for point in validation where validation.count <= 60 { body += chart.dot(point) }
    body += chart.legend(
      (training.isEmpty ? [] : [("training", training.last)])
        + (validation.isEmpty ? [] : [("validation", validation.last)]))
    if training.isEmpty && validation.isEmpty { body += chart.note("no finite loss was measured") }
    let name = Self.escaped(title)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Chart.width) \(Chart.height)" role="img">
      <title>\(name)</title>
      <style>
      text { font: 13px system-ui, sans-serif; fill: #59636e }
      .title { font-size: 16px; font-weight: 600; fill: #1f2328 }
      .paper { fill: #ffffff }
      .grid { stroke: #d1d9e0; stroke-width: 1 }
      polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
      .training { stroke: #0969da }
      .validation { stroke: #bc4c00 }
      .dot { fill: #bc4c00 }
      @media (prefers-color-scheme: dark) {
      text { fill: #9198a1 }
      .title { fill: #f0f6fc }
      .paper { fill: #0d1117 }
      .grid { stroke: #3d444d }
      .training { stroke: #4493f8 }
      .validation { stroke: #f0883e }
      .dot { fill: #f0883e }
      }
      </style>
      <rect class="paper" width="\(Chart.width)" height="\(Chart.height)"/>
      <text class="title" x="\(Chart.left)" y="28">\(name)</text>
      \(body)</svg>

      """
  }

  /// The means of up to `count` equal parts of a curve.
  static func condensed(_ points: [Point], to count: Int) -> [Point] {
    guard points.count > count else { return points }
    return (0..<count).map { part in
      let range = points[(part * points.count / count)..<((part + 1) * points.count / count)]
      let (step, loss) = range.reduce((0.0, 0.0)) { ($0.0 + Double($1.step), $0.1 + $1.loss) }
      return Point(step: Int(step / Double(range.count)), loss: loss / Double(range.count))
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
