import Gatewise

/// The gradients of a stack whose error below lacks the output gate's term: the same lines without it, compared with
/// the engine's gradient.
struct OmittedOutputGate {
  /// The largest difference over a layer's weights, relative to the largest of them, the lowest layer first.
  let differences: [Double]

  /// - Throws: `GatewiseError` if the lines with the term differ from the engine's gradient.
  init(in network: DerivationNetwork, rule: GradientRule) throws {
    let engine = try network.model.gradients(
      of: network.input, initialState: network.initialState, outputGradient: network.outputGradient, rule: rule
    ).parameters
    let paths = try RulePaths(of: rule, steps: network.steps)
    let whole = Self.differences(in: network, Self.sections(network.configuration, paths), paths, from: engine)
    guard whole.allSatisfy({ $0 <= Derivation.tolerance }) else {
      throw GatewiseError.invalidArgument(
        "The lines of \(paths.name) differ from the engine by \(whole); correct them before omitting a term.")
    }
    differences = Self.differences(
      in: network, Self.sections(network.configuration, paths).map(\.withoutOutputGate), paths, from: engine)
  }

  /// All lines up to the errors of the pre-activations of all layers.
  private static func sections(_ configuration: LSTMConfiguration, _ paths: RulePaths) -> [Section] {
    let layers = 0..<configuration.layerCount
    return layers.map { ForwardLines.section(configuration, layer: $0) }
      + layers.reversed().map { ErrorLines.section(configuration, layer: $0, paths, isAbove: $0 > 0) }
  }

  private static func differences(
    in network: DerivationNetwork, _ sections: [Section], _ paths: RulePaths, from engine: [Double]
  ) -> [Double] {
    let configuration = network.configuration
    var values = network.givenValues()
    for section in sections { section.evaluate(into: &values) }
    return (0..<configuration.layerCount).map { layer in
      let weights = configuration.weights(ofLayer: layer)
      let numbers = weights.map { weight in
        // The last line is the one by δ, which needs no trace.
        GradientLines.section(configuration, weight, paths).lines.last!.value(values, Bindings())
      }
      let expected = weights.map { engine[$0.offset(in: network.model.layout)] }
      let difference = zip(numbers, expected).map { ($0 - $1).magnitude }.max()!
      return difference == 0 ? 0 : difference / expected.map(\.magnitude).max()!
    }
  }
}

extension Section {
  /// The section without the output gate's term in the error below.
  fileprivate var withoutOutputGate: Section {
    var section = self
    for line in lines.indices where lines[line].result.kind == .error && lines[line].role == .step {
      section.lines[line].terms.removeAll { term in
        term.expression.quantities.contains { $0.kind == .delta(.output) }
      }
    }
    return section
  }
}
