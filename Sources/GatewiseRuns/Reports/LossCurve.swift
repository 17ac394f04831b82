import Foundation
import Gatewise
import GatewiseDerivation

/// The loss curve of a run as an SVG file, legible on light and dark backgrounds.
public struct LossCurve: Sendable, Codable {
  /// One measured loss.
  public struct Point: Sendable, Equatable, Codable {
    /// The number of updates made before.
    public let step: Int
    /// The loss; non-finite points are not drawn.
    public let loss: Double
  }

  /// The title.
  public var title: String
  /// The unit of the loss, for example `bits per character`.
  public let unit: String
  /// The training losses, in the order of their steps.
  public private(set) var training: [Point] = []
  /// The validation losses, in the order of their steps.
  public private(set) var validation: [Point] = []

  /// Creates an empty curve.
  public init(title: String, unit: String) {
    self.title = title
    self.unit = unit
  }

  /// Adds the training loss of a step.
  public mutating func addTraining(step: Int, loss: Double) { training.append(Point(step: step, loss: loss)) }

  /// Adds the validation loss after a step.
  public mutating func addValidation(step: Int, loss: Double) { validation.append(Point(step: step, loss: loss)) }

  /// Writes the drawing atomically.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func write(to path: String) throws(GatewiseError) { try AtomicFile.write(svg, to: path) }

  /// The lines of a chart of the losses.
  private var lines: [Chart.Line] {
    func points(_ losses: [Point]) -> [Chart.Point] { losses.map { Chart.Point(step: $0.step, value: $0.loss) } }
    return [Chart.Line("training", points(training)), Chart.Line("validation", points(validation), isMarked: true)]
  }

  /// The drawing. Long curves are drawn as the means of 400 equal parts.
  public var svg: String {
    let chart = Chart(lines, frame: .alone)
    let (frame, name) = (chart.frame, title.escaped)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(frame.width) \(frame.height)" role="img">
      <title>\(name)</title>
      <style>
      \(ChartStyle.css)
      </style>
      <rect class="paper" width="\(frame.width)" height="\(frame.height)"/>
      <text class="title" x="\(frame.left)" y="28">\(name)</text>
      \(chart.drawing(unit: unit, nothing: "no finite loss was measured"))\(chart.legend)</svg>

      """
  }
}
