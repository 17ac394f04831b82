import Foundation

/// The line of an arc: a curve, or rails with round corners, and the position of its label.
struct Stroke {
  /// SVG path data.
  let path: String
  let start: Point
  let end: Point
  /// The points from which the line arrives at its start, and at its end.
  private let beforeStart: Point
  private let beforeEnd: Point
  let label: Label

  /// The position of a label, and its anchor.
  struct Label {
    let at: Point
    let anchor: Anchor

    enum Anchor: String {
      case start, middle, end
    }

    init(_ x: Double, _ y: Double, _ anchor: Anchor = .middle) { (at, self.anchor) = (Point(x, y), anchor) }
  }

  /// A cubic curve; without control points a straight line.
  init(from start: Point, _ first: Point? = nil, _ second: Point? = nil, to end: Point, label: Label? = nil) {
    (self.start, self.end) = (start, end)
    let (a, b) = (first ?? end, second ?? start)
    (beforeStart, beforeEnd) = (a, b)
    path =
      first == nil
      ? "M\(start.text) L\(end.text)" : "M\(start.text) C\(a.text) \(b.text) \(end.text)"
    let middle = first == nil ? (start + end) * 0.5 : (start + (a + b) * 3 + end) * 0.125
    self.label = label ?? Label(middle.x, middle.y + 4)
  }

  /// Straight segments between rounded corners.
  init(_ points: [Point], label: Label) {
    (start, end, self.label) = (points.first!, points.last!, label)
    (beforeStart, beforeEnd) = (points[1], points[points.count - 2])
    var path = "M\(points[0].text)"
    for (index, corner) in points.enumerated().dropFirst().dropLast() {
      let (before, after) = (points[index - 1], points[index + 1])
      let radius = min(9, (corner - before).length / 2, (after - corner).length / 2)
      path +=
        " L\(corner.moved(radius, towards: before).text) Q\(corner.text) \(corner.moved(radius, towards: after).text)"
    }
    self.path = path + " L\(end.text)"
  }

  /// The arrowhead at its end, or at its start.
  func head(atStart: Bool) -> String {
    let (tip, from) = atStart ? (start, beforeStart) : (end, beforeEnd)
    let back = (from - tip).unit
    let side = Point(-back.y, back.x)
    let (a, b) = (tip + back * 6.5 + side * 3.2, tip + back * 6.5 - side * 3.2)
    return "M\(tip.text) L\(a.text) L\(b.text) Z"
  }
}

extension Point {
  /// The two numbers in SVG's form.
  var text: String { "\(x.short) \(y.short)" }
}

extension Double {
  /// The number with at most one decimal.
  var short: String {
    let text = String(format: "%.1f", self)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
