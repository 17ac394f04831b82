import GatewiseDerivation

extension RunReport {
  /// Charts of losses, metrics of validations, learning rate and the norm of the whole gradient over the steps.
  var courseCards: [String] {
    [
      card(
        "Loss", unit: unit,
        [Chart.Line("training", points(\.loss)), Chart.Line("validation", points(\.validation), isMarked: true)],
        mayBeLogarithmic: true)
    ] + metricCards + [
      card("Learning rate", unit: "", [Chart.Line("learning rate", points(\.learningRate))]),
      card(
        "Gradient norm", unit: "L2, before clipping", [Chart.Line("gradient norm", points(\.gradientNorm))],
        mayBeLogarithmic: true),
    ]
  }

  /// Charts of the validation metrics besides the loss, errors with one line per target; empty if they were not
  /// measured.
  private var metricCards: [String] {
    let errors: [(String, String, KeyPath<ValidationMetrics, [String: Double]?>)] = [
      ("RMSE of the validation", "in the target’s unit", \.rmse),
      ("MAE of the validation", "in the target’s unit", \.mae),
      ("NRMSE of the validation", "RMSE over the standard deviation held out", \.nrmse),
    ]
    let numbers: [(String, String, KeyPath<ValidationMetrics, Double?>)] = [
      ("Accuracy of the validation", "share from 0 to 1", \.accuracy),
      ("Perplexity of the validation", "", \.perplexity),
    ]
    func card(_ title: String, unit: String, _ lines: [Chart.Line]) -> String? {
      lines.allSatisfy(\.points.isEmpty) ? nil : self.card(title, unit: unit, lines)
    }
    return numbers.compactMap { title, unit, number in
      card(title, unit: unit, [Chart.Line("validation", points { $0.metrics?[keyPath: number] }, isMarked: true)])
    }
      + errors.compactMap { title, unit, values in
        let targets = Set(entries.flatMap { $0.metrics?[keyPath: values].map { Array($0.keys) } ?? [] }).sorted()
        return card(
          title, unit: unit,
          targets.map { target in
            Chart.Line(target, points { $0.metrics?[keyPath: values]?[target] }, isMarked: true)
          })
      }
  }

  /// Charts of the norms of gradients and parameters, one line per layer; empty if they were not measured.
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

  /// Returns a drawing with its title above and its caption below.
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

  private func points(_ value: (RunLogEntry) -> Double?) -> [Chart.Point] {
    entries.compactMap { entry in value(entry).map { Chart.Point(step: entry.step, value: $0) } }
  }

  /// Returns the norm of each layer as a whole, from those of its gates and other parts.
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
