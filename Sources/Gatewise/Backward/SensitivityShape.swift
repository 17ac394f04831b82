/// How the derivatives of all states by all parameters lie in memory.
///
/// By each layer's parameters there is a matrix of every layer from that one up: ∂c/∂θ `[H, Q]` and then ∂y/∂θ
/// `[H, Q]`. A column is one parameter, in the layout's order W, R, b, peepholes, and behind these h and c before the
/// first step.
struct SensitivityShape {
  /// One layer's parameters.
  struct Source {
    /// W, R, b and peepholes.
    let parameters: Int
    /// Q: those, h_0 and c_0.
    let columns: Int
  }

  let sources: [Source]
  let hiddenSizes: [Int]

  init(_ configuration: LSTMConfiguration) {
    hiddenSizes = configuration.hiddenSizes
    sources = hiddenSizes.enumerated().map { l, H in
      // In floating point where sizes are absurd: `count` refuses them before anything is made.
      let rows = Double(configuration.inputSize(ofLayer: l)) + Double(H) + 1
      let parameters = 4 * Double(H) * rows + (configuration.peepholes ? 3 * Double(H) : 0)
      let bounded = Int(min(parameters, 1e15))
      return Source(parameters: bounded, columns: bounded + 2 * H)
    }
  }

  /// Numbers in all.
  var count: Double {
    sources.enumerated().reduce(0) { sum, source in
      sum + Double(source.element.columns) * 2 * hiddenSizes[source.offset...].reduce(0) { $0 + Double($1) }
    }
  }

  /// Where ∂c/∂θ of a layer begins; ∂y/∂θ lies behind it.
  func offset(of layer: Int, by source: Int) -> Int {
    var offset = 0
    for l in 0..<source { offset += sources[l].columns * 2 * hiddenSizes[l...].reduce(0, +) }
    return offset + sources[source].columns * 2 * hiddenSizes[source..<layer].reduce(0, +)
  }
}
