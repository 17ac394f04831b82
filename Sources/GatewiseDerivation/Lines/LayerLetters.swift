import Gatewise

/// The quantities of one layer as its lines name them, with the letters k for its own units, m for its inputs, and j
/// for its units in sums.
struct LayerLetters {
  let layer: Int
  let hasPeepholes: Bool
  let isHighest: Bool
  let isOnly: Bool
  private let configuration: LSTMConfiguration

  init(_ configuration: LSTMConfiguration, layer: Int) {
    self.configuration = configuration
    self.layer = layer
    hasPeepholes = configuration.peepholes
    isHighest = layer == configuration.layerCount - 1
    isOnly = configuration.layerCount == 1
  }

  /// The letters of the layer above.
  var above: LayerLetters { LayerLetters(configuration, layer: layer + 1) }

  var units: Variable { Variable("k", count: configuration.hiddenSizes[layer]) }
  var summedUnits: Variable { Variable("j", count: configuration.hiddenSizes[layer]) }
  var inputs: Variable { Variable("m", count: configuration.inputSize(ofLayer: layer)) }

  var k: Index { .variable(units) }
  var j: Index { .variable(summedUnits) }
  var m: Index { .variable(inputs) }

  /// The layer's input: x, or y of the layer below.
  func read(_ index: Index) -> Quantity {
    layer == 0 ? Quantity(.input, [index], .now) : Quantity(.output, layer: layer - 1, [index], .now)
  }

  func y(_ index: Index? = nil, _ step: Step = .now) -> Quantity { at(.output, index, step) }
  func c(_ index: Index? = nil, _ step: Step = .now) -> Quantity { at(.cell, index, step) }
  func gate(_ gate: Gate, _ index: Index? = nil, _ step: Step = .now) -> Quantity { at(.activation(gate), index, step) }
  func e(_ index: Index? = nil) -> Quantity { at(.error, index, .now) }
  func dh(_ index: Index? = nil) -> Quantity { at(.outputError, index, .now) }
  func delta(_ gate: Gate, _ index: Index? = nil, _ step: Step = .now) -> Quantity { at(.delta(gate), index, step) }
  func es(_ index: Index? = nil) -> Quantity { at(.cellEntry, index, .now) }
  func dc(_ index: Index? = nil, _ step: Step = .now) -> Quantity { at(.cellError, index, step) }
  func trace(_ index: Index, _ step: Step = .now) -> Quantity { at(.cellTrace, index, step) }

  /// δ of a gate for the error of step t alone; for the output gate δ itself, because no error comes back to it over
  /// time.
  func currentDelta(_ gate: Gate, _ index: Index? = nil) -> Quantity {
    at(gate == .output ? .delta(gate) : .currentDelta(gate), index, .now)
  }

  func inputWeight(_ gate: Gate, from: Index, to: Index) -> Quantity {
    Quantity(.inputWeight(gate), layer: layer, [from, to])
  }
  func recurrentWeight(_ gate: Gate, from: Index, to: Index) -> Quantity {
    Quantity(.recurrentWeight(gate), layer: layer, [from, to])
  }
  func bias(_ gate: Gate) -> Quantity { Quantity(.bias(gate), layer: layer, [k]) }
  func peephole(_ gate: Gate, _ index: Index? = nil) -> Quantity {
    Quantity(.peephole(gate), layer: layer, [index ?? k])
  }

  private func at(_ kind: Quantity.Kind, _ index: Index?, _ step: Step) -> Quantity {
    Quantity(kind, layer: layer, [index ?? k], step)
  }

  /// The changes in a line with the error of the output if the layer feeds another.
  func unchanged(_ paths: RulePaths) -> Prose {
    if isHighest { return "Nothing." }
    return paths.below == .nothing
      ? "Nothing in the line; but \(e()), the source of all errors here, is zero: layer \(layer + 1) sends none."
      : "Nothing in the line; but \(e()), the source of all errors here, comes from layer \(layer + 1)."
  }

  /// ∂c(t)/∂ the pre-activation of a gate that acts before the cell state: the factor of an error of c(t), and the
  /// increment of a trace.
  func cellFactors(_ gate: Gate, _ index: Index? = nil) -> [Expression] {
    let slope = Expression.slope(self.gate(gate, index))
    switch gate {
    case .input: return [.quantity(self.gate(.candidate, index)), slope]
    case .forget: return [.quantity(c(index, .before)), slope]
    case .candidate: return [.quantity(self.gate(.input, index)), slope]
    case .output: preconditionFailure("the output gate acts after the cell state")
    }
  }

  /// tanh(c)·o': ∂y(t)/∂ the pre-activation of the output gate.
  func outputFactors(_ index: Index? = nil) -> [Expression] {
    [.function(.tanh, .quantity(c(index))), .slope(gate(.output, index))]
  }

  /// o·tanh'(c): ∂y(t)/∂c(t) by the direct path.
  func cellToOutput(_ index: Index? = nil) -> [Expression] {
    [.quantity(gate(.output, index)), .function(.tanhSlope, .quantity(c(index)))]
  }
}

extension Source {
  static let forgetGates = Source(
    paper: "Gers, Schmidhuber & Cummins 2000, the forward pass", book: "Equations, Forward")
  static let peepholes = Source(
    paper: "Gers, Schraudolph & Schmidhuber 2002, the forward pass with peepholes", book: "Equations, Forward")
  static let fullBackward = Source(
    paper: "Werbos 1990; for all paths of the LSTM, Graves & Schmidhuber 2005", book: "Equations, Backward")
  static let truncated = Source(
    paper: "Hochreiter & Schmidhuber 1997, appendix A.1; Gers, Schmidhuber & Cummins 2000",
    book: "Gradient rules, What \"truncated\" means")
  static let stack = Source(
    paper: "none of the papers, whose networks have one layer: the chain rule over all four pre-activations",
    book: "Equations, Why the output gate differs; Gradient rules, The lower layer and the output gate")

  /// Equation 3.10, 3.11 or 3.12.
  static func trace(_ gate: Gate) -> Source {
    let number =
      switch gate {
      case .candidate: "3.10"
      case .input: "3.11"
      case .forget: "3.12"
      case .output: preconditionFailure("the output gate has no trace")
      }
    return Source(paper: "Gers 2001, equation \(number)", book: "Gradient rules, Traces")
  }
}
