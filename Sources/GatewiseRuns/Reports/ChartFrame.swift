/// The size of a drawing over the steps of a run, and its margins, in pixels.
struct ChartFrame {
  let width: Double
  let height: Double
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// The frame of a drawing in a file of its own, with a title in its upper margin.
  static let alone = ChartFrame(width: 720, height: 420, left: 64, right: 24, top: 48, bottom: 52)
  /// The frame of a drawing in a card of a page, small enough to be legible on a phone.
  static let card = ChartFrame(width: 400, height: 250, left: 52, right: 12, top: 24, bottom: 42)

  /// Returns a frame with another height of the drawing area, and other margins at the left and right.
  func changed(innerHeight: Double, left: Double, right: Double) -> ChartFrame {
    ChartFrame(width: width, height: innerHeight + top + bottom, left: left, right: right, top: top, bottom: bottom)
  }

  /// The right end of the drawing area.
  var end: Double { width - right }
  /// The lower end of the drawing area.
  var base: Double { height - bottom }

  /// Returns the horizontal position of a step between 0 and the last one.
  func x(_ step: Double, of last: Double) -> Double { left + step / last * (end - left) }

  /// Draws the axis of the steps from 0 to the last one.
  func stepAxis(to last: Double) -> String {
    var text = ""
    for tick in Ticks.linear(in: 0...last, about: width < 500 ? 4 : 6) where tick == tick.rounded() {
      let x = SVG.number(x(tick, of: last))
      text +=
        "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(SVG.number(base))\" y2=\"\(SVG.number(base + 5))\"/>\n"
      text += SVG.text(Ticks.label(tick), x: x, y: base + 20, anchor: "middle")
    }
    return text + SVG.text("step", x: SVG.number((left + end) / 2), y: height - 8, anchor: "middle")
  }
}
