import GatewiseDerivation

extension RunReport {
  /// Losses, learning rate and the norm of the whole gradient over the steps.
  var courseCards: [String] {
    [
      card(
        "Loss", unit: unit,
        [Chart.Line("training", points(\.loss)), Chart.Line("validation", points(\.validation), isMarked: true)],
        mayBeLogarithmic: true),
      card("Learning rate", unit: "", [Chart.Line("learning rate", points(\.learningRate))]),
      card(
        "Gradient norm", unit: "L2, before clipping", [Chart.Line("gradient norm", points(\.gradientNorm))],
        mayBeLogarithmic: true),
    ]
  }

  /// Norms of gradients and parameters, a line a layer; nothing where they were not measured.
  var layerCards: [String] {
    [
      ("Gradient norm by layer", byLayer(\.gradientNorms)), ("Norm of the parameters by layer", byLayer(\.weightNorms)),
    ].compactMap { title, lines in
      lines.isEmpty ? nil : card(title, unit: "L2", lines, mayBeLogarithmic: true)
    }
  }

  private func card(_ title: String, unit: String, _ lines: [Chart.Line], mayBeLogarithmic: Bool = false) -> String {
    let chart = Chart(lines, frame: .card, mayBeLogarithmic: mayBeLogarithmic)
    let legend = chart.lines.enumerated().map { index, line in
      let last = line.last.map { " <b>\(Format.significant($0.value, digits: 4))</b>" } ?? ""
      return "<li><svg width=\"24\" height=\"8\" aria-hidden=\"true\"><polyline class=\"\(ChartStyle.line(index))\" "
        + "points=\"0,4 24,4\"/></svg>\(line.name.escaped)\(last)</li>\n"
    }
    return figure(
      title, chart.frame, chart.drawing(unit: unit, nothing: "nothing was measured"),
      caption: "<ul class=\"legend\">\n\(legend.joined())</ul>")
  }

  /// A drawing with its title above and what explains it below.
  func figure(_ title: String, _ frame: ChartFrame, _ drawing: String, caption: String) -> String {
    """
    <figure>
    <h3>\(title.escaped)</h3>
    <svg viewBox="0 0 \(SVG.number(frame.width)) \(SVG.number(frame.height))" role="img" \
    aria-label="\(title.escaped) over the steps">
    \(drawing)</svg>
    <figcaption>\(caption)</figcaption>
    </figure>

    """
  }

  private func points(_ value: KeyPath<RunLogEntry, Double?>) -> [Chart.Point] {
    entries.compactMap { entry in entry[keyPath: value].map { Chart.Point(step: entry.step, value: $0) } }
  }

  /// The norm of every layer as a whole, out of those of its gates and other parts.
  private func byLayer(_ norms: KeyPath<RunLogEntry, [String: Double]?>) -> [Chart.Line] {
    var points: [String: [Chart.Point]] = [:]
    for entry in entries {
      var squares: [String: Double] = [:]
      for (name, norm) in entry[keyPath: norms] ?? [:] { squares[LayerName(name).layer, default: 0] += norm * norm }
      for (layer, sum) in squares {
        points[layer, default: []].append(Chart.Point(step: entry.step, value: sum.squareRoot()))
      }
    }
    return points.keys.map(LayerName.init).sorted().map { Chart.Line($0.title, points[$0.layer]!) }
  }
}
