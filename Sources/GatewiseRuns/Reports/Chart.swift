import Foundation

/// The frame of a loss curve: ranges, ticks, and points as positions in the drawing.
struct Chart {
  static let width = 720
  static let height = 420
  static let left = 64.0
  private static let right = 24.0
  private static let top = 48.0
  private static let bottom = 52.0

  private let steps: ClosedRange<Double>
  private let losses: ClosedRange<Double>

  init(points: [LossCurve.Point]) {
    let last = points.map(\.step).max() ?? 1
    let (low, high) = (points.map(\.loss).min() ?? 0, points.map(\.loss).max() ?? 1)
    steps = 0...Double(max(last, 1))
    // A curve near zero is seen against zero; any other fills the height, with a little air.
    let air = high > low ? (high - low) * 0.05 : max(high.magnitude, 1) * 0.05
    losses = (low >= 0 && low < high / 3 ? 0 : low - air)...(high + air)
  }

  /// Round numbers within a range, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
  static func ticks(in range: ClosedRange<Double>, about count: Int) -> [Double] {
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    guard raw > 0, raw.isFinite else { return [] }
    let power = pow(10, floor(log10(raw)))
    let step = power * ([1.0, 2, 5].first { $0 * power >= raw * 0.999 } ?? 10)
    let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step).rounded(.down))
    guard first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  func axes(unit: String) -> String {
    var text = ""
    for tick in Self.ticks(in: losses, about: 6) {
      let y = Self.number(position(loss: tick))
      text +=
        "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Double(Self.width) - Self.right)\" y1=\"\(y)\" y2=\"\(y)\"/>\n"
      text += "<text x=\"\(Self.left - 8)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(Self.label(tick))</text>\n"
    }
    let base = Double(Self.height) - Self.bottom
    for tick in Self.ticks(in: steps, about: 6) {
      let x = Self.number(position(step: tick))
      text += "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(base)\" y2=\"\(base + 5)\"/>\n"
      text += "<text x=\"\(x)\" y=\"\(base + 20)\" text-anchor=\"middle\">\(Self.label(tick))</text>\n"
    }
    let middle = (Self.left + Double(Self.width) - Self.right) / 2
    text += "<text x=\"\(middle)\" y=\"\(Self.height - 12)\" text-anchor=\"middle\">step</text>\n"
    text += "<text x=\"\(Self.left)\" y=\"\(Self.top - 2)\" dy=\"-2\">\(unit)</text>\n"
    return text
  }

  func line(_ points: [LossCurve.Point], style: String) -> String {
    guard !points.isEmpty else { return "" }
    let places = points.map {
      "\(Self.number(position(step: Double($0.step)))),\(Self.number(position(loss: $0.loss)))"
    }
    return "<polyline class=\"\(style)\" points=\"\(places.joined(separator: " "))\"/>\n"
  }

  func dot(_ point: LossCurve.Point) -> String {
    let (x, y) = (position(step: Double(point.step)), position(loss: point.loss))
    return "<circle class=\"dot\" r=\"2.5\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\"/>\n"
  }

  /// The curves' names with their last values, in the upper right corner.
  func legend(_ entries: [(name: String, last: LossCurve.Point?)]) -> String {
    let x = Double(Self.width) - Self.right - 190
    var text = ""
    for (row, entry) in entries.enumerated() {
      let y = Self.top + 16 + Double(row) * 20
      let value = entry.last.map { " \(Format.significant($0.loss, digits: 4))" } ?? ""
      text += "<polyline class=\"\(entry.name)\" points=\"\(x),\(y) \(x + 24),\(y)\"/>\n"
      text += "<text x=\"\(x + 32)\" y=\"\(y)\" dy=\"4\">\(entry.name)\(value)</text>\n"
    }
    return text
  }

  func note(_ text: String) -> String {
    "<text x=\"\(Self.width / 2)\" y=\"\(Self.height / 2)\" text-anchor=\"middle\">\(text)</text>\n"
  }

  private func position(step: Double) -> Double {
    Self.left + step / steps.upperBound * (Double(Self.width) - Self.right - Self.left)
  }

  private func position(loss: Double) -> Double {
    let height = Double(Self.height) - Self.top - Self.bottom
    return Self.top + (losses.upperBound - loss) / (losses.upperBound - losses.lowerBound) * height
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func label(_ tick: Double) -> String { String(format: "%.6g", tick) }
}
