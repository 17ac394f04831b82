/// How the derivatives of all states by all parameters lie in memory.
///
/// By each layer's parameters there is a matrix of every layer from that one up: ∂c/∂θ `[Q, H]`, ∂y/∂θ `[Q, H]` and,
/// where gate activations are inputs, theirs `[Q, G]`. A row is one parameter, in the layout's order W, R, U, b,
/// peepholes, and behind these h, c and gate activations before the first step.
struct SensitivityShape {
  /// One layer's parameters.
  struct Source {
    /// W, R, U, b and peepholes.
    let parameters: Int
    /// Q: those, h_0, c_0 and the gate activations before the first step.
    let count: Int
  }

  /// One layer's states.
  struct States {
    /// H
    let cells: Int
    /// G where gate activations are inputs; else 0.
    let gates: Int

    /// Numbers of all of them.
    var count: Int { 2 * cells + gates }
  }

  let sources: [Source]
  let states: [States]

  init(_ configuration: LSTMConfiguration) {
    let gateCounts = configuration.gateStateSizes
    states = configuration.hiddenSizes.enumerated().map { l, H in
      States(cells: H, gates: gateCounts.isEmpty ? 0 : gateCounts[l])
    }
    sources = states.enumerated().map { l, layer in
      let columns = GateColumns(configuration.cell, hiddenSize: layer.cells)
      let biased = columns.ranges(gates: configuration.biases.gates, cells: configuration.biases.cells)
      // In floating point where sizes are absurd: `count` refuses them before anything is made.
      let rows = Double(configuration.inputSize(ofLayer: l)) + Double(layer.cells) + Double(layer.gates)
      let parameters =
        Double(columns.count) * rows + Double(biased.reduce(0) { $0 + $1.count })
        + (configuration.peepholes ? Double(columns.gateKinds) * Double(layer.cells) : 0)
      let bounded = Int(min(parameters, 1e15))
      return Source(parameters: bounded, count: bounded + layer.count)
    }
  }

  /// Numbers in all.
  var count: Double {
    sources.enumerated().reduce(0) { sum, source in
      sum + Double(source.element.count) * states[source.offset...].reduce(0) { $0 + Double($1.count) }
    }
  }

  /// Checks that the derivatives fit in memory.
  ///
  /// - Throws: `GatewiseError.invalidArgument` with the memory needed and the memory available.
  func require<S: Scalar>(for _: S.Type, _ configuration: LSTMConfiguration) throws(GatewiseError) {
    try MemoryLimit.require(
      bytes: count * Double(MemoryLayout<S>.stride),
      for: "Exact RTRL of hidden sizes \(configuration.hiddenSizes) keeps the derivative of every state by every "
        + "parameter, which")
  }

  /// Where ∂c/∂θ of a layer begins; ∂y/∂θ and the gates' lie behind it.
  private func offset(of layer: Int, by source: Int) -> Int {
    var offset = 0
    for l in 0..<source { offset += sources[l].count * states[l...].reduce(0) { $0 + $1.count } }
    return offset + sources[source].count * states[source..<layer].reduce(0) { $0 + $1.count }
  }

  /// The derivatives of a layer's states by all parameters of another.
  func derivatives<S>(of layer: Int, by source: Int, in memory: VectorView<S>) -> StateDerivatives<S> {
    let (H, G, Q) = (states[layer].cells, states[layer].gates, sources[source].count)
    let start = offset(of: layer, by: source)
    return StateDerivatives(
      cells: memory.matrix(at: start, rows: Q, columns: H),
      outputs: memory.matrix(at: start + Q * H, rows: Q, columns: H),
      gates: memory.matrix(at: start + 2 * Q * H, rows: Q, columns: G))
  }
}

/// ∂c, ∂y and ∂gates of a layer by some parameters: a row each, `[H]`, `[H]` and `[G]`.
struct StateDerivatives<S: BitwiseCopyable> {
  let cells: MatrixView<S>
  let outputs: MatrixView<S>
  let gates: MatrixView<S>

  /// Those by some of the parameters.
  func rows(_ range: Range<Int>) -> StateDerivatives {
    StateDerivatives(cells: cells.rows(range), outputs: outputs.rows(range), gates: gates.rows(range))
  }
}
