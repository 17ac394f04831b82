import Foundation
import GatewiseDerivation

/// A heat map of shares over the steps of a run: one row per quantity, one cell per measurement, covering the steps up
/// to it.
struct HeatMap {
  /// A row of the map.
  struct Row {
    let name: String
    let points: [Chart.Point]
  }

  private static let rowHeight = 34.0

  private let rows: [Row]
  private let lastStep: Double
  /// The share with the full color.
  private let most: Double
  let frame: ChartFrame

  /// Creates a heat map.
  ///
  /// - Parameters:
  ///   - rows: The rows; the shares of each are condensed to 96.
  ///   - lastStep: The end of the axis.
  ///   - most: The share with the full color.
  init(_ rows: [Row], lastStep: Int, most: Double) {
    self.rows = rows.map { Row(name: $0.name, points: Chart.Line("", $0.points, mostPoints: 96).points) }
    self.lastStep = Double(max(lastStep, 1))
    self.most = most
    frame = ChartFrame.card.changed(innerHeight: Double(rows.count) * Self.rowHeight, left: 78, right: 52)
  }

  /// The cells with the names and last shares of the rows, and the axis of steps.
  var drawing: String {
    var text = SVG.text("last", x: SVG.number(frame.width - 4), y: frame.top - 8, anchor: "end")
    for (index, row) in rows.enumerated() {
      let y = frame.top + Double(index) * Self.rowHeight
      text += SVG.text(row.name, x: SVG.number(frame.left - 8), y: y + 20, anchor: "end")
      var start = 0.0
      for point in row.points {
        let end = Double(point.step)
        text += cell(point.value, from: start, to: end, y: y)
        start = end
      }
      text +=
        "<rect class=\"field\" x=\"\(frame.left)\" y=\"\(y)\" width=\"\(SVG.number(frame.end - frame.left))\" "
        + "height=\"\(Self.rowHeight - 4)\"/>\n"
      guard let last = row.points.last else { continue }
      text += SVG.text(Self.percent(last.value), x: SVG.number(frame.width - 4), y: y + 20, anchor: "end")
    }
    return text + frame.stepAxis(to: lastStep)
  }

  /// Returns the color scale from zero to the full color, with the shares at its ends.
  func legend(width: Double = 120) -> String {
    let cells = (0..<8).map {
      "<rect class=\"cell\" x=\"\(Double($0) * width / 8)\" width=\"\(width / 8)\" height=\"10\" "
        + "fill-opacity=\"\(opacity(most * Double($0 + 1) / 8))\"/>"
    }
    return "0 % <svg width=\"\(width)\" height=\"10\" aria-hidden=\"true\">\(cells.joined())</svg> "
      + Self.percent(most)
  }

  private func cell(_ share: Double, from start: Double, to end: Double, y: Double) -> String {
    let (left, right) = (frame.x(start, of: lastStep), frame.x(end, of: lastStep))
    let words = "steps \(Int(start)) to \(Int(end)): \(Self.percent(share))"
    return "<rect class=\"cell\" x=\"\(SVG.number(left))\" y=\"\(y)\" width=\"\(SVG.number(max(right - left, 1)))\" "
      + "height=\"\(Self.rowHeight - 4)\" fill-opacity=\"\(opacity(share))\"><title>\(words.escaped)</title></rect>\n"
  }

  /// Returns the opacity of a share, by its square root so that small shares are visible.
  private func opacity(_ share: Double) -> String {
    String(format: "%.2f", min(1, max(0, share / most)).squareRoot())
  }

  private static func percent(_ share: Double) -> String {
    String(format: share == 0 || share >= 0.0995 ? "%.0f %%" : "%.1f %%", 100 * share)
  }
}
