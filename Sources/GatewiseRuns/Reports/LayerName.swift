import Foundation
import Gatewise

/// The name of a part of a model in a log, `layer1_reverse/forget`, with its order: layers from the lowest, and within
/// them the gates in the order i, f, g, o.
struct LayerName: Comparable {
  let name: String

  init(_ name: String) { self.name = name }

  /// The name before the slash: `layer1_reverse`.
  var layer: String { String(name.prefix { $0 != "/" }) }

  /// The name after the slash: `forget`.
  var part: String { String(name.dropFirst(layer.count + 1)) }

  /// The layer for display: `layer 1, reverse`.
  var title: String {
    guard layer.hasPrefix("layer"), layer.count > 5 else { return layer }
    return "layer " + layer.dropFirst(5).replacing("_", with: ", ")
  }

  static func < (a: LayerName, b: LayerName) -> Bool {
    if a.layer != b.layer { return a.layer.compare(b.layer, options: .numeric) == .orderedAscending }
    return (a.place, a.part) < (b.place, b.part)
  }

  private var place: Int {
    let nets = MemoryCell.Net.allCases
    return nets.firstIndex { "\($0)" == part } ?? nets.count
  }
}
