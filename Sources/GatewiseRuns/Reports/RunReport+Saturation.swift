extension RunReport {
  /// One heat map per direction of every layer, with one row per gate; empty if saturation was not measured.
  var saturationSection: String {
    var points: [String: [Chart.Point]] = [:]
    for entry in entries {
      for (name, share) in entry.saturation ?? [:] {
        points[name, default: []].append(Chart.Point(step: entry.step, value: share))
      }
    }
    // All maps share one color scale, so that layers can be compared: up to a tenth, a fifth, a half, or all.
    let largest = points.values.joined().map(\.value).max() ?? 0
    let most = [0.1, 0.2, 0.5].first { largest <= $0 } ?? 1
    let names = Dictionary(grouping: points.keys.map(LayerName.init), by: \.layer)
    let last = entries.last?.step ?? 1
    let cards = names.keys.map(LayerName.init).sorted().map { layer in
      let rows = names[layer.layer]!.sorted().map { HeatMap.Row(name: $0.part, points: points[$0.name]!) }
      let map = HeatMap(rows, lastStep: last, most: most)
      return figure(layer.title, map.frame, map.drawing, caption: "<p class=\"scale\">\(map.legend())</p>")
    }
    guard !cards.isEmpty else { return "" }
    let words = """
      <p>The share of activations within a tenth of their function’s greatest value from an end of its range: gates \
      below 0.1 or above 0.9, candidates beyond ±0.9. Little error propagates through these.</p>
      """
    return section("Saturation of gates", words + "\n<div class=\"cards\">\n\(cards.joined())</div>")
  }
}
