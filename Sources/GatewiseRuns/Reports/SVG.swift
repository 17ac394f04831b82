import Foundation
import GatewiseDerivation

/// The elements of drawings.
enum SVG {
  /// A place in a drawing, to a tenth of a pixel.
  static func number(_ value: Double) -> String { String(format: "%.1f", value) }

  /// A line of text.
  static func text(_ text: String, x: String, y: Double, anchor: String = "start") -> String {
    "<text x=\"\(x)\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(text.escaped)</text>\n"
  }
}
