/// The truncated gradient of the papers as they ran it: forward in time, by traces, one step after the other, in memory
/// that does not depend on how many there are (see ``TruncatedRTRL``).
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
/// that has an error. Memory: 3H(I + H + 1) numbers a layer and sequence, (2 + S)H(I + H + 1) with blocks of S cells. An
/// object belongs to one thread at a time.
public final class OnlineGradients<S: Scalar> {
  /// N
  public let batchSize: Int
  /// Which errors reach lower layers, and the cell state through peepholes.
  public let rule: TruncatedRTRL
  private let workspace: Workspace<S>
  private let traces: [LayerTraces<S>]
  /// `[2, N, widest layer]`: e_t on its way down.
  private let errors: AlignedBuffer<S>
  private var startedFromModelState = true
  /// Whether there has been a step since the last start.
  private var hasStep = false
  /// x_t, dense; empty where there were tokens.
  private var input: [S] = []

  /// Traces for `batchSize` sequences of models of a configuration.
  ///
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory.
  public init(
    _ configuration: LSTMConfiguration, batchSize: Int = 1, rule: TruncatedRTRL = TruncatedRTRL(),
    execution: Execution? = nil
  ) throws {
    (self.batchSize, self.rule) = (batchSize, rule)
    try rule._require(configuration, bytesPerNumber: MemoryLayout<S>.stride)
    try configuration.validate(for: S.self)
    let layers = ParameterLayout(configuration).layers
    let errors = 2 * (configuration.hiddenSizes.max().map { Double($0) } ?? 0)
    let count = layers.reduce(errors) { $0 + LayerTraces<S>.count($1) } * Double(batchSize)
    workspace = try Workspace(
      configuration, steps: 1, batchSize: batchSize, purpose: .training, sequences: .any,
      beside: count * Double(MemoryLayout<S>.stride), execution: execution)
    traces = workspace.layout.layers.map { LayerTraces($0, batchSize: batchSize, paths: rule.peepholePaths) }
    self.errors = AlignedBuffer(count: 2 * batchSize * configuration.hiddenSizes.max()!)
    workspace.loadStep()
  }

  /// The state after the last step.
  public var state: LSTMState<S> { workspace.state }

  /// Every sequence starts anew from a state, or from the model's own.
  ///
  /// - Parameters:
  ///   - model: of the configuration that this was made for.
  ///   - state: h and c of every layer; nil is the model's own, learned or zero.
  /// - Throws: `GatewiseError.shapeMismatch` where it is another model's or another batch's state.
  public func start(_ model: LSTM<S>, from state: LSTMState<S>? = nil) throws {
    try workspace.requireSameConfiguration(model)
    reset(model)
    if let state { try workspace.setState(state) }
    startedFromModelState = state == nil
  }

  /// Every sequence starts anew from the model's own state.
  func reset(_ model: LSTM<S>) {
    model.parameters.withUnsafeBufferPointer { workspace.resetState(parameters: $0.baseAddress!) }
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
  public func step(_ model: LSTM<S>, _ x: [S], into output: inout [S]) throws {
    try require(x.count, named: "x", width: model.configuration.inputSize)
    input = x
    workspace.usesTokens = false
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
  public func step(_ model: LSTM<S>, tokens: [Int32], into output: inout [S]) throws {
    let I = model.configuration.inputSize
    guard tokens.count == batchSize else {
      throw GatewiseError.shapeMismatch(name: "the tokens of a step", expected: [batchSize], found: [tokens.count])
    }
    if let token = tokens.first(where: { !(0..<I).contains(Int($0)) }) {
      throw GatewiseError.invalidArgument("Token \(token) lies outside 0 ..< \(I), the model's inputs.")
    }
    for (n, token) in tokens.enumerated() { workspace.tokens.base[n] = token }
    input.removeAll(keepingCapacity: true)
    workspace.usesTokens = true
    try run(model, into: &output)
  }

  private func run(_ model: LSTM<S>, into output: inout [S]) throws {
    try workspace.requireSameConfiguration(model)
    try require(output.count, named: "the output", width: model.configuration.outputSize)
    if !workspace.holdsState { try start(model) }
    model.parameters.withUnsafeBufferPointer { parameters in
      input.withUnsafeBufferPointer { x in
        if let x = x.baseAddress, !workspace.usesTokens { workspace.inputRows = x }
        workspace.forward(parameters: parameters.baseAddress!, version: model.version)
        for l in traces.indices {
          traces[l].advance(step(of: l, parameters.baseAddress!), team: workspace.execution.team)
        }
        workspace.endBorrowing()
      }
    }
    hasStep = true
    output.withUnsafeMutableBufferPointer { workspace.copyOutput(to: $0.baseAddress!) }
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
  public func addGradient(of model: LSTM<S>, outputGradient: [S], into gradients: inout [S]) throws {
    try workspace.requireSameConfiguration(model)
    try require(outputGradient.count, named: "dy", width: model.configuration.outputSize)
    guard gradients.count == workspace.layout.count else {
      throw GatewiseError.shapeMismatch(
        name: "the gradient vector", expected: [workspace.layout.count], found: [gradients.count])
    }
    guard hasStep else {
      throw GatewiseError.invalidArgument("There is no step to take the gradient of; call step first.")
    }
    outputGradient.withUnsafeBufferPointer { addGradient(of: model, $0.baseAddress!, into: &gradients) }
  }

  /// The threads that share the work.
  var team: ThreadTeam { workspace.execution.team }

  /// The mean loss of the last step's outputs; their error stays in memory.
  func evaluate(_ loss: any Loss, on batch: SequenceBatch<S>, weight: Double) -> Double {
    workspace.evaluate(loss, on: batch, from: 0, weight: weight, wantsError: true)
    var sum = 0.0
    workspace.addLosses(to: &sum)
    return sum / weight
  }

  /// Adds the gradient of the loss that was evaluated.
  func addLossGradient(of model: LSTM<S>, into gradients: inout [S]) {
    addGradient(of: model, workspace.outputError.base, into: &gradients)
  }

  private func addGradient(of model: LSTM<S>, _ dy: UnsafePointer<S>, into gradients: inout [S]) {
    model.parameters.withUnsafeBufferPointer { parameters in
      gradients.withUnsafeMutableBufferPointer { gradients in
        input.withUnsafeBufferPointer { x in
          if let x = x.baseAddress, !workspace.usesTokens { workspace.inputRows = x }
          addGradient(dy, parameters: parameters.baseAddress!, into: gradients.baseAddress!)
          workspace.endBorrowing()
        }
      }
    }
  }

  private func addGradient(
    _ dy: UnsafePointer<S>, parameters: UnsafePointer<S>, into gradients: UnsafeMutablePointer<S>
  ) {
    let (layers, N) = (workspace.layout.layers, batchSize)
    let half = errors.count / 2
    var (error, below) = (errors.base, errors.base + half)
    let H = layers[layers.count - 1].hiddenSize
    if let readout = workspace.layout.readout {
      let K = readout.outputSize
      let top = MatrixView(workspace.hiddenRows(layers.count - 1), rows: N, columns: H)
      let deltas = MatrixView(reading: dy, rows: N, columns: K)
      workspace.factor(dy, depth: N, columns: K).multiply(
        top, transposingA: true, into: MatrixView(gradients + readout.weights, rows: H, columns: K), adding: true)
      if let bias = readout.bias { for n in 0..<N { workspace.kernels.add(K, dy + n * K, gradients + bias) } }
      if let shortcut = readout.shortcut { addShortcut(deltas, to: gradients + shortcut) }
      workspace.factor(parameters + readout.weights, depth: K, columns: H, isTransposed: true).multiply(
        deltas, into: MatrixView(error, rows: N, columns: H), adding: false)
    } else {
      error.update(from: dy, count: N * H)
    }
    for l in layers.indices.reversed() {
      let delta = traces[l].addGradient(
        error, step(of: l, parameters), into: gradients,
        wholeBias: workspace.layers[l].wholeBias.reserve(workspace.layers[l].columns),
        learnsInitialCell: startedFromModelState, team: workspace.execution.team)
      guard l > 0, rule.lowerLayers == .throughCurrentInputs else { return }
      let (I, columns) = (layers[l].inputSize, layers[l].columns.count)
      let weights = workspace.factor(
        parameters + layers[l].inputWeights, depth: columns, columns: I, isTransposed: true)
      weights.multiply(
        MatrixView(reading: delta, rows: N, columns: columns), into: MatrixView(below, rows: N, columns: I),
        adding: false)
      swap(&error, &below)
    }
  }

  /// dV += x_tᵀ·dy
  private func addShortcut(_ deltas: MatrixView<S>, to gradient: UnsafeMutablePointer<S>) {
    let (N, I, K) = (batchSize, workspace.configuration.inputSize, deltas.columns)
    if workspace.usesTokens {
      for n in 0..<N {
        workspace.kernels.add(K, deltas.base + n * K, gradient + Int(workspace.tokens.base[n]) * K)
      }
    } else {
      workspace.factor(UnsafePointer(deltas.base), depth: N, columns: K).multiply(
        MatrixView(reading: workspace.layerInput(0), rows: N, columns: I), transposingA: true,
        into: MatrixView(gradient, rows: I, columns: K), adding: true)
    }
  }

  /// What a layer's last step has made.
  private func step(of l: Int, _ parameters: UnsafePointer<S>) -> TraceInput<S> {
    let (memory, layer) = (workspace.layers[l], workspace.layout.layers[l])
    let rows = batchSize * memory.hiddenSize
    return TraceInput(
      cell: BlockCell(layer, parameters, workspace.kernels),
      input: l == 0 && workspace.usesTokens ? nil : workspace.layerInput(l), tokens: workspace.tokens.base,
      gates: memory.gates.base, yPrevious: memory.hidden.base, cPrevious: memory.cells.base,
      c: memory.cells.base + rows, gatesPrevious: memory.fedBack.base)
  }

  private func require(_ count: Int, named name: String, width: Int) throws(GatewiseError) {
    guard count == batchSize * width else {
      throw .shapeMismatch(name: "\(name) of a step", expected: [batchSize, width], found: [count])
    }
  }
}
