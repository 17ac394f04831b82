import Foundation
import GatewiseDerivation

/// Elements of SVG drawings.
enum SVG {
  /// Returns a coordinate, rounded to a tenth of a pixel.
  static func number(_ value: Double) -> String { String(format: "%.1f", value) }

  /// Returns a line of text.
  static func text(_ text: String, x: String, y: Double, anchor: String = "start") -> String {
    "<text x=\"\(x)\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(text.escaped)</text>\n"
  }
}
