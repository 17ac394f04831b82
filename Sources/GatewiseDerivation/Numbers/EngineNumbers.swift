import Gatewise
import GatewiseReference

/// The engine's numbers for a network and a rule, one for each line of a derivation.
///
/// If the engine does not expose a quantity, a smaller run gives it: the layers from one upward give the error of their
/// input, a window of one step the effect of that step's error alone, and a layer with a constant cell state the error
/// of that state.
public struct EngineNumbers: Sendable {
  /// The network.
  public let network: DerivationNetwork
  /// The rule.
  public let rule: GradientRule
  let paths: RulePaths
  /// The problem of the scalar reference.
  let reference: ReferenceProblem
  /// ∂E/∂ every parameter.
  let gradient: [Double]
  /// The contribution of each step's error to the gradient as the network runs; nil if the rule has no traces.
  let onlineGradients: [[Double]]?
  /// ∂c/∂ every parameter, by the place of the derivative; empty if the rule has no traces.
  private var traces: [Place: [Double]] = [:]
  /// The numbers of each block of truncated BPTT; empty for other rules.
  private var blocks: [BlockNumbers] = []
  var values: Values

  /// Runs the engine.
  ///
  /// - Throws: `GatewiseError` if the rule has no derivation, or an environment variable is invalid.
  public init(of network: DerivationNetwork, rule: GradientRule) throws {
    (self.network, self.rule) = (network, rule)
    paths = try RulePaths(of: rule, steps: network.steps)
    reference = try network.reference(rule)
    gradient = try network.model.gradients(
      of: network.input, initialState: network.initialState, outputGradient: network.outputGradient, rule: rule
    ).parameters
    onlineGradients = try (rule.definition as? TruncatedRTRL).map { try network.onlineGradients($0) }
    values = Values(steps: network.steps)
    let outputs = try readForward()
    try readPartials(outputs)
    if rule.definition is TruncatedBPTT {
      blocks = try paths.blocks.map { block in
        try BlockNumbers(of: block, in: network, rule, startingFrom: state(outputs, after: block.stepBefore))
      }
      return
    }
    let carried = try readErrors(outputs)
    try readDeltas(outputs)
    try readCellErrors(outputs, carried)
    if !paths.throughRecurrence { try readTraces() }
  }

  /// The engine's number for a place, or nil if it has none.
  func number(at place: Place, of weight: Weight) -> Double? {
    if let block = place.block { return blocks[block - 1].number(at: place, of: weight) }
    let offset = weight.offset(in: network.model.layout)
    switch place.kind {
    case .gradient: return gradient[offset]
    case .cellTrace: return traces[place]?[offset]
    case .stepGradient: return onlineGradients.map { $0[place.step! - 1][offset] }
    default: return values.number(at: place)
    }
  }

  /// Gates, cell states and outputs.
  ///
  /// - Returns: y of every layer, `[T, 1, H]`.
  private mutating func readForward() throws -> [Tensor<Double>] {
    let records = try network.model.forward(network.input, initialState: network.initialState, recordsLayers: true)
      .layers
    let outputs = try network.configuration.hiddenSizes.indices.map { l in
      let lower = 0..<l + 1
      return try network.part(lower).forward(network.input, initialState: network.initialState.part(lower)).output
    }
    for (l, record) in records.enumerated() {
      let H = network.configuration.hiddenSizes[l]
      for t in 1...network.steps {
        let gates = record.gates.row(t)
        for gate in Gate.allCases {
          values.set(.activation(gate), l, step: t, gates.dropFirst(gate.block * H).prefix(H))
        }
        values.set(.cell, l, step: t, record.cells.row(t))
        values.set(.output, l, step: t, outputs[l].row(t))
      }
    }
    return outputs
  }

  /// e, and dh, with the error that a window of only the later steps sends back to the preceding output.
  ///
  /// - Returns: ∂E/∂ the state after each of the steps 1 to T-1, from later steps only.
  private mutating func readErrors(_ outputs: [Tensor<Double>]) throws -> [LSTMState<Double>] {
    let (model, T, sizes) = (network.model, network.steps, network.configuration.hiddenSizes)
    for l in sizes.indices {
      var error = network.outputGradient
      if l + 1 < sizes.count {
        let upper = l + 1..<sizes.count
        error = try network.part(upper).gradients(
          of: outputs[l], initialState: network.initialState.part(upper), outputGradient: error, rule: rule
        ).input
      }
      for t in 1...T {
        let row = l + 1 < sizes.count ? error.row(t) : try lossError(at: t, outputs)
        values.set(.error, l, step: t, row)
        values.set(.outputError, l, step: t, row)
      }
    }
    return try (1..<T).map { t in
      let later = try model.gradients(
        of: network.input.steps(t + 1, T), initialState: state(outputs, after: t),
        outputGradient: network.outputGradient.steps(t + 1, T), rule: rule)
      for (l, H) in sizes.enumerated() {
        for k in 0..<H {
          let place = Place(.outputError, layer: l, [k], step: t)
          values[place] += later.initialState.hidden[l].elements[k]
        }
      }
      return later.initialState
    }
  }

  /// δ, and δ̂ from windows of one step.
  private mutating func readDeltas(_ outputs: [Tensor<Double>]) throws {
    let (model, T) = (network.model, network.steps)
    let deltas = try model.deltas(
      of: network.input, initialState: network.initialState, outputGradient: network.outputGradient, rule: rule)
    for t in 1...T {
      set(deltas, row: t, step: t) { .delta($0) }
      guard paths.below == .current else { continue }
      let current = try model.deltas(
        of: network.input.steps(t, t), initialState: state(outputs, after: t - 1),
        outputGradient: network.outputGradient.steps(t, t), rule: rule)
      set(current, row: 1, step: t) { .currentDelta($0) }
    }
  }

  private mutating func set(_ deltas: [Tensor<Double>], row: Int, step: Int, _ kind: (Gate) -> Quantity.Kind) {
    for (l, H) in network.configuration.hiddenSizes.enumerated() {
      for gate in Gate.allCases {
        values.set(kind(gate), l, step: step, deltas[l].row(row).dropFirst(gate.block * H).prefix(H))
      }
    }
  }

  /// ∂y_k/∂y_m of the layer below: one layer, one step, and one unit with an error.
  private mutating func readPartials(_ outputs: [Tensor<Double>]) throws {
    guard paths.below != .nothing else { return }
    for l in network.configuration.hiddenSizes.indices.dropFirst() {
      let (H, layer) = (network.configuration.hiddenSizes[l], l..<l + 1)
      let model = try network.part(layer)
      for t in 1...network.steps {
        let before = try state(outputs, after: t - 1).part(layer)
        for k in 0..<H {
          let unit = try Tensor(shape: [1, 1, H], elements: (0..<H).map { $0 == k ? 1.0 : 0.0 })
          let partials = try model.gradients(
            of: outputs[l - 1].steps(t, t), initialState: before, outputGradient: unit, rule: rule
          ).input.elements
          for (m, number) in partials.enumerated() {
            values[Place(.outputByInput, layer: l, [m, k], step: t)] = number
          }
        }
      }
    }
  }

  /// ∂c_k(t)/∂w: a window that ends at step t, and an error of that cell alone.
  private mutating func readTraces() throws {
    let configuration = network.configuration
    for t in 1...network.steps {
      let nothing = Tensor<Double>(repeating: 0, shape: [t, 1, configuration.outputSize])
      for (l, H) in configuration.hiddenSizes.enumerated() {
        for k in 0..<H {
          var cell = LSTMState<Double>(zerosFor: configuration, batchSize: 1)
          cell.cell[l].elements[k] = 1
          traces[Place(.cellTrace, layer: l, [k], step: t)] =
            try network.model.gradients(
              of: network.input.steps(1, t), initialState: network.initialState, outputGradient: nothing,
              finalStateGradient: cell, rule: rule
            ).parameters
        }
      }
    }
  }

  /// y and c of all layers after step t; 0 is the initial state.
  func state(_ outputs: [Tensor<Double>], after t: Int) throws -> LSTMState<Double> {
    guard t > 0 else { return network.initialState }
    let sizes = network.configuration.hiddenSizes
    return LSTMState(
      hidden: try outputs.map { try Tensor(shape: [1, $0.shape[2]], elements: Array($0.row(t))) },
      cell: try sizes.enumerated().map { l, H in
        try Tensor(shape: [1, H], elements: (0..<H).map { values[Place(.cell, layer: l, [$0], step: t)] })
      })
  }
}

extension DerivationNetwork {
  /// Some of the layers as a separate model.
  func part(_ layers: Range<Int>) throws -> LSTM<Double> {
    let part = LSTMConfiguration(
      inputSize: configuration.inputSize(ofLayer: layers.lowerBound),
      hiddenSizes: Array(configuration.hiddenSizes[layers]), peepholes: configuration.peepholes)
    let entries = model.layout.entries.filter { layers.contains($0.layer!) }
    return try LSTM(part, parameters: entries.flatMap { model.parameters[$0.range] })
  }

  /// The contribution of each step to the gradient, by the engine's traces.
  fileprivate func onlineGradients(_ rule: TruncatedRTRL) throws -> [[Double]] {
    let online = try OnlineGradients<Double>(configuration, rule: rule)
    try online.start(model, from: initialState)
    var output = [Double](repeating: 0, count: configuration.outputSize)
    return try (1...steps).map { t in
      var gradient = [Double](repeating: 0, count: model.layout.count)
      try online.step(model, Array(input.row(t)), into: &output)
      try online.addGradient(of: model, outputGradient: Array(outputGradient.row(t)), into: &gradient)
      return gradient
    }
  }
}

extension LSTMState<Double> {
  /// The state of some of the layers.
  func part(_ layers: Range<Int>) -> LSTMState<Double> {
    LSTMState(hidden: Array(hidden[layers]), cell: Array(cell[layers]))
  }
}
