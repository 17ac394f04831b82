/// The size of a drawing over the steps of a run, and the margins around what is drawn, in pixels.
struct ChartFrame {
  let width: Double
  let height: Double
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// A drawing that is a file of its own, with a title in its upper margin.
  static let alone = ChartFrame(width: 720, height: 420, left: 64, right: 24, top: 48, bottom: 52)
  /// A drawing in a card of a page, small enough that its letters can be read on a phone.
  static let card = ChartFrame(width: 400, height: 250, left: 52, right: 12, top: 24, bottom: 42)

  /// The same with another height of what is drawn, and room for longer names at the left and numbers at the right.
  func changed(innerHeight: Double, left: Double, right: Double) -> ChartFrame {
    ChartFrame(width: width, height: innerHeight + top + bottom, left: left, right: right, top: top, bottom: bottom)
  }

  /// The right end of what is drawn.
  var end: Double { width - right }
  /// The lower end of what is drawn.
  var base: Double { height - bottom }

  /// Where a step is between 0 and the last one.
  func x(_ step: Double, of last: Double) -> Double { left + step / last * (end - left) }

  /// The axis of the steps from 0 to the last one.
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
