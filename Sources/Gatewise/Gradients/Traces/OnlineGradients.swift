/// The truncated gradient of the papers as they ran it: forward in time, by traces, one step after the other, in memory
/// that does not depend on how many there are (see `GradientRule.truncatedRTRL`).
///
///     let online = try OnlineGradients<Float>(model.configuration)
///     try online.step(model, x, into: &y)
///     // … the error of the step's outputs: dy from y …
///     try online.addGradient(of: model, outputGradient: dy, into: &gradient)
///
/// With weights that stay, the sum over steps is the gradient that `TruncatedRTRL` gives for the window. With an update
/// after every step, as the papers train, the traces are of weights as they were: a way to train, and no gradient.
///
/// Cost: 6H(I + H + 1) multiplications a step, layer and sequence beside the forward pass, and as many again for a step
/// that has an error. Memory: 3H(I + H + 1) numbers a layer and sequence, (2 + S)H(I + H + 1) with blocks of S cells.
/// An object belongs to one thread at a time.
package final class OnlineGradients<S: Scalar> {
  /// N
  package let batchSize: Int
  /// Which errors reach lower layers, and the cell state through peepholes.
  package let rule: TruncatedRTRL
  private let engine: Engine<S>
  private let traces: [LayerTraces<S>]
  /// `[2, N, widest layer]`: e_t on its way down.
  private let errors: PlannedBuffer<S>
  /// dy as the right factor of the readout's gradients.
  private let outputErrors: WeightPanels<S>
  /// Wᵀ of every layer that has one below it; nil for the lowest.
  private let inputWeights: [WeightMatrix<S>?]
  /// The readout's weights.
  private let readoutWeights: WeightMatrix<S>?
  private var startedFromModelState = true
  /// Whether there has been a step since the last start.
  private var hasStep = false
  /// x_t, dense; empty for tokens.
  private var input: [S] = []
  private var usesTokens = false

  /// Traces for `batchSize` sequences of models of a configuration.
  ///
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory.
  package init(
    _ configuration: LSTMConfiguration, batchSize: Int = 1, rule: TruncatedRTRL = TruncatedRTRL(),
    execution: Execution? = nil
  ) throws {
    (self.batchSize, self.rule) = (batchSize, rule)
    try configuration.validate(for: S.self)
    try rule.request.validate(for: configuration)
    let execution = try execution ?? .standard()
    let shape = try EngineShape<S>(
      configuration: configuration, steps: 1, batchSize: batchSize, purpose: .training, execution: execution)
    try shape.validate()
    let plan = shape.makePlan()
    let engine = Engine<S>(shape, team: execution.team, plan: plan)
    self.engine = engine
    let (layers, products, N) = (engine.layout.layers, engine.products, batchSize)
    for layer in layers {
      let bytes = LayerTraces<S>.count(layer) * Double(MemoryLayout<S>.stride)
      plan.add("traces\(layer.suffix)") { $0.sequences * bytes }
    }
    let widest = Double(configuration.hiddenSizes.max()!)
    errors = plan.buffer("errors of a step") { 2 * $0.sequences * widest }
    outputErrors = WeightPanels(
      plan.buffer("packed errors of outputs") { _ in
        Double(shape.kernels.factorCount(columns: configuration.outputSize, depth: N))
      })
    inputWeights = layers.map { layer in
      layer.index == 0
        ? nil
        : products.matrix(
          at: layer.inputWeights, inputs: layer.inputSize, outputs: layer.columns.count, plan: plan)
    }
    readoutWeights = engine.layout.readout.map {
      products.matrix(at: $0.weights, inputs: $0.inputSize, outputs: $0.outputSize, plan: plan)
    }
    try plan.allocate(for: shape.description)
    engine.prepare()
    traces = layers.map { LayerTraces($0, batchSize: batchSize, paths: rule.peepholePaths) }
    engine.window.loadStep()
  }

  /// The state after the last step.
  package var state: LSTMState<S> { engine.state }

  /// Every sequence starts anew from a state, or from the model's own.
  ///
  /// - Parameters:
  ///   - model: of the configuration that this was made for.
  ///   - state: h and c of every layer; nil is the model's own, learned or zero.
  /// - Throws: `GatewiseError.shapeMismatch` where it is another model's or another batch's state.
  package func start(_ model: LSTM<S>, from state: LSTMState<S>? = nil) throws {
    try engine.requireSameConfiguration(model)
    reset(model)
    if let state { try engine.setState(state) }
    startedFromModelState = state == nil
  }

  /// Every sequence starts anew from the model's own state.
  func reset(_ model: LSTM<S>) {
    model.withParameters { engine.resetState($0) }
    startedFromModelState = true
    hasStep = false
    for trace in traces { trace.reset() }
  }

  /// One step of every sequence; the first one starts from the model's own state unless `start` said otherwise.
  ///
  /// - Parameters:
  ///   - model: of the configuration that this was made for.
  ///   - x: `[N, I]`.
  ///   - output: `[N, K]`, overwritten.
  /// - Throws: `GatewiseError.shapeMismatch` where a size disagrees.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func step(_ model: LSTM<S>, _ x: [S], into output: inout [S]) throws {
    try require(x.count, named: "x", width: model.configuration.inputSize)
    (input, usesTokens) = (x, false)
    try run(model, into: &output)
  }

  /// One step of every sequence with one-hot input.
  ///
  /// - Parameters:
  ///   - model: of the configuration that this was made for.
  ///   - tokens: the index of the input that is one, `[N]`.
  ///   - output: `[N, K]`, overwritten.
  /// - Throws: `GatewiseError` where a size disagrees or a token lies outside 0 ..< I.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func step(_ model: LSTM<S>, tokens: [Int32], into output: inout [S]) throws {
    let I = model.configuration.inputSize
    guard tokens.count == batchSize else {
      throw GatewiseError.shapeMismatch(name: "the tokens of a step", expected: [batchSize], found: [tokens.count])
    }
    if let token = tokens.first(where: { !(0..<I).contains(Int($0)) }) {
      throw GatewiseError.invalidArgument("Token \(token) lies outside 0 ..< \(I), the model's inputs.")
    }
    engine.window.setStep(tokens: tokens)
    input.removeAll(keepingCapacity: true)
    usesTokens = true
    try run(model, into: &output)
  }

  private func run(_ model: LSTM<S>, into output: inout [S]) throws {
    try engine.requireSameConfiguration(model)
    try require(output.count, named: "the output", width: model.configuration.outputSize)
    if !engine.holdsState { try start(model) }
    withInput(model) { parameters in
      engine.forward(parameters)
      for l in traces.indices { traces[l].advance(step(of: l, parameters), team: team) }
    }
    hasStep = true
    output.withMutableView { engine.copyOutput(to: $0) }
  }

  /// Calls `body` with the parameters while the engine may read the step's input.
  private func withInput(_ model: LSTM<S>, _ body: (ParameterVector<S>) -> Void) {
    model.withParameters { parameters in
      input.withView { x in
        if !usesTokens { engine.window.setStep(x) }
        body(parameters)
        engine.endBorrowing()
      }
    }
  }

  /// Adds ∂(Σ y_t∘dy)/∂parameters of the last step to a gradient.
  ///
  /// - Parameters:
  ///   - model: the model of the step, its parameters unchanged.
  ///   - outputGradient: dy `[N, K]`.
  ///   - gradients: `[P]`.
  /// - Throws: `GatewiseError` where a size disagrees, or no step came before.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func addGradient(of model: LSTM<S>, outputGradient: [S], into gradients: inout [S]) throws {
    try engine.requireSameConfiguration(model)
    try require(outputGradient.count, named: "dy", width: model.configuration.outputSize)
    guard gradients.count == engine.layout.count else {
      throw GatewiseError.shapeMismatch(
        name: "the gradient vector", expected: [engine.layout.count], found: [gradients.count])
    }
    guard hasStep else {
      throw GatewiseError.invalidArgument("There is no step to take the gradient of; call step first.")
    }
    outputGradient.withView {
      addGradient(of: model, $0.matrix(rows: batchSize, columns: model.configuration.outputSize), into: &gradients)
    }
  }

  /// The threads that share the work.
  var team: ThreadTeam? { engine.products.team }

  /// Returns the mean loss of the last step's outputs; their error stays in memory.
  func evaluate(_ loss: any Loss, on batch: SequenceBatch<S>, weight: Double) -> Double {
    engine.evaluate(loss, on: batch, from: 0, weight: weight, wantsError: true)
    var sum = 0.0
    engine.losses.add(to: &sum)
    return sum / weight
  }

  /// Adds the gradient of the evaluated loss.
  func addLossGradient(of model: LSTM<S>, into gradients: inout [S]) {
    addGradient(of: model, engine.outputError, into: &gradients)
  }

  private func addGradient(of model: LSTM<S>, _ dy: MatrixView<S>, into gradients: inout [S]) {
    gradients.withMutableView { gradients in
      withInput(model) { addGradient(dy, $0, into: gradients) }
    }
  }

  private func addGradient(_ dy: MatrixView<S>, _ parameters: ParameterVector<S>, into gradients: VectorView<S>) {
    let (layers, N) = (engine.layout.layers, batchSize)
    // Two halves take turns.
    func error(_ half: Int, width: Int) -> MatrixView<S> {
      errors.matrix(at: half * errors.count / 2, rows: N, columns: width)
    }
    var half = 0
    let top = error(half, width: layers[layers.count - 1].hiddenSize)
    if let readout = engine.layout.readout, let readoutWeights {
      factor(dy).multiply(
        engine.directions[layers.count - 1].memory.hidden.steps, transposingA: true,
        into: readoutWeights.matrix(in: gradients), adding: true)
      if let bias = readout.bias {
        let db = gradients.vector(at: bias, count: readout.outputSize)
        for n in 0..<N { engine.products.kernels.add(dy[n], to: db) }
      }
      if let shortcut = readout.shortcut {
        addShortcut(
          dy, to: gradients.matrix(at: shortcut, rows: readout.shortcutSize, columns: readout.outputSize))
      }
      readoutWeights.transposed(parameters).multiply(dy, into: top, adding: false)
    } else {
      top.elements.copy(from: dy.elements)
    }
    for l in layers.indices.reversed() {
      let delta = traces[l].addGradient(
        error(half, width: layers[l].hiddenSize), step(of: l, parameters), into: gradients,
        bias: engine.directions[l].memory.biasGradient(in: gradients), learnsInitialCell: startedFromModelState,
        team: team)
      guard let weights = inputWeights[l], rule.lowerLayers == .throughCurrentInputs else { return }
      half = 1 - half
      weights.transposed(parameters).multiply(delta, into: error(half, width: layers[l].inputSize), adding: false)
    }
  }

  /// dy `[N, K]` as a right factor.
  private func factor(_ deltas: MatrixView<S>) -> RightFactor<S> {
    guard engine.products.path == .tile else { return RightFactor(deltas, isTransposed: false) }
    return outputErrors.pack(
      deltas, isTransposed: false, as: nil, kernels: engine.products.kernels, team: team)
  }

  /// dV += x_tᵀ·dy
  private func addShortcut(_ deltas: MatrixView<S>, to gradient: MatrixView<S>) {
    switch engine.input(ofLayer: 0) {
    case .tokens(let tokens):
      for n in 0..<deltas.rows { engine.products.kernels.add(deltas[n], to: gradient[Int(tokens[n])]) }
    case .rows(let x): factor(deltas).multiply(x, transposingA: true, into: gradient, adding: true)
    case .none: preconditionFailure("the input is not loaded")
    }
  }

  /// What a layer's last step has computed.
  private func step(of l: Int, _ parameters: ParameterVector<S>) -> TraceInput<S> {
    let (memory, layer) = (engine.directions[l].memory, engine.layout.layers[l])
    return TraceInput(
      cell: BlockCell(layer, parameters, engine.products.kernels), input: engine.input(ofLayer: l),
      gates: memory.gates, yPrevious: memory.hidden.all, cPrevious: memory.cells.all, c: memory.cells.steps,
      gatesPrevious: memory.gateActivations?.all)
  }

  private func require(_ count: Int, named name: String, width: Int) throws(GatewiseError) {
    guard count == batchSize * width else {
      throw .shapeMismatch(name: "\(name) of a step", expected: [batchSize, width], found: [count])
    }
  }
}
