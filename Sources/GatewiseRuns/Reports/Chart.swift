import Foundation

/// A line chart over the steps of a run.
struct Chart {
  /// A measured value; non-finite values are not drawn.
  struct Point: Equatable {
    let step: Int
    let value: Double
  }

  /// A line of the chart. A long one is drawn as the means of equal parts.
  struct Line {
    let name: String
    let points: [Point]
    /// The last point as measured.
    let last: Point?
    /// Whether each point is marked with a dot, unless there are too many.
    let isMarked: Bool

    init(_ name: String, _ points: [Point], isMarked: Bool = false, mostPoints: Int = 400) {
      self.name = name
      let points = points.filter(\.value.isFinite)
      self.points = Self.condensed(points, to: mostPoints)
      last = points.last
      self.isMarked = isMarked
    }

    /// Returns the means of up to `count` equal parts of a line.
    private static func condensed(_ points: [Point], to count: Int) -> [Point] {
      guard points.count > count else { return points }
      return (0..<count).map { part in
        let range = points[(part * points.count / count)..<((part + 1) * points.count / count)]
        let (step, value) = range.reduce((0.0, 0.0)) { ($0.0 + Double($1.step), $0.1 + $1.value / Double(range.count)) }
        return Point(step: Int(step / Double(range.count)), value: value)
      }
    }
  }

  let frame: ChartFrame
  /// The lines that have points.
  let lines: [Line]
  private let lastStep: Double
  private let values: ClosedRange<Double>
  /// Whether the vertical axis is logarithmic.
  private let isLogarithmic: Bool

  /// Creates a chart.
  ///
  /// - Parameters:
  ///   - lines: The lines; those without points are left out.
  ///   - mayBeLogarithmic: Whether to use a logarithmic axis if all values are positive and they span a factor of ten.
  init(_ lines: [Line], frame: ChartFrame, mayBeLogarithmic: Bool = false) {
    self.frame = frame
    self.lines = lines.filter { !$0.points.isEmpty }
    let points = self.lines.flatMap(\.points)
    lastStep = Double(max(self.lines.compactMap(\.last?.step).max() ?? 1, 1))
    let (low, high) = (points.map(\.value).min() ?? 0, points.map(\.value).max() ?? 1)
    isLogarithmic = mayBeLogarithmic && low > 0 && high / low >= 10
    if isLogarithmic {
      values = low...high
    } else {
      // The axis of a curve near zero, or of a constant, includes zero; any other curve fills the height, with a
      // margin. Halves, since the difference of two numbers may overflow.
      let same = high == 0 ? 1 : high.magnitude
      let air = high > low ? max((high / 2 - low / 2) * 0.1, .leastNormalMagnitude) : same
      let most = Double.greatestFiniteMagnitude
      values = (low >= 0 && low < high / 3 ? 0 : max(low - air, -most))...min(high + air, most)
    }
  }

  /// Draws axes and lines, or a note if there is nothing to draw.
  ///
  /// - Parameters:
  ///   - unit: The unit of the values, shown above the vertical axis.
  ///   - nothing: The note shown if no line has a point.
  func drawing(unit: String, nothing: String) -> String {
    var text = axes(unit: unit)
    for (index, line) in lines.enumerated() {
      let style = ChartStyle.line(index)
      let places = line.points.map(place)
      text += "<polyline class=\"\(style)\" points=\"\(places.map { "\($0),\($1)" }.joined(separator: " "))\"/>\n"
      // A line of one point is invisible without a dot.
      guard line.points.count == 1 || line.isMarked && line.points.count <= 60 else { continue }
      for (x, y) in places { text += "<circle class=\"dot \(style)\" r=\"2.5\" cx=\"\(x)\" cy=\"\(y)\"/>\n" }
    }
    if lines.isEmpty {
      text += SVG.text(nothing, x: SVG.number(frame.width / 2), y: frame.height / 2, anchor: "middle")
    }
    return text
  }

  /// The names of the lines with their last values, in the upper right corner.
  var legend: String {
    let x = frame.end - 190
    return lines.enumerated().map { index, line in
      let y = frame.top + 16 + Double(index) * 20
      let value = line.last.map { " \(Format.significant($0.value, digits: 4))" } ?? ""
      return "<polyline class=\"\(ChartStyle.line(index))\" points=\"\(x),\(y) \(x + 24),\(y)\"/>\n"
        + SVG.text(line.name + value, x: SVG.number(x + 32), y: y + 4)
    }.joined()
  }

  private func axes(unit: String) -> String {
    let ticks =
      isLogarithmic
      ? Ticks.logarithmic(in: values, about: 6) : Ticks.linear(in: values, about: frame.height < 300 ? 4 : 6)
    var text = ""
    for tick in ticks {
      let y = height(of: tick)
      text +=
        "<line class=\"grid\" x1=\"\(frame.left)\" x2=\"\(frame.end)\" "
        + "y1=\"\(SVG.number(y))\" y2=\"\(SVG.number(y))\"/>\n"
      text += SVG.text(Ticks.label(tick), x: SVG.number(frame.left - 8), y: y + 4, anchor: "end")
    }
    let words = isLogarithmic ? unit + ", logarithmic" : unit
    return text + frame.stepAxis(to: lastStep) + SVG.text(words, x: SVG.number(frame.left), y: frame.top - 6)
  }

  private func place(_ point: Point) -> (x: String, y: String) {
    (SVG.number(frame.x(Double(point.step), of: lastStep)), SVG.number(height(of: point.value)))
  }

  private func height(of value: Double) -> Double {
    let (low, high) = (values.lowerBound, values.upperBound)
    let share =
      isLogarithmic ? (log(high) - log(value)) / (log(high) - log(low)) : (high / 2 - value / 2) / (high / 2 - low / 2)
    return frame.top + share * (frame.base - frame.top)
  }
}
