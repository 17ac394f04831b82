/// The stages of a model over one window of up to T steps of N sequences, with all their memory. This file says in
/// which order they run:
///
///     forward    input → embedding → (dropout → layer) × L → readout → loss
///     backward   loss → readout → (layer → dropout) × L → embedding → input
///
/// A stage is one type, with its memory, its forward pass, and its backward pass with the gradients of its parameters.
/// An engine belongs to one thread at a time; a model may be used with any number of engines. Passes allocate
/// nothing.
final class Engine<S: Scalar> {
  let shape: EngineShape<S>
  private let trains: Bool
  let layout: ParameterLayout
  let window: Window<S>
  let products: Products<S>
  let layers: [Layer<S>]
  /// The directions of all layers: direction d of layer l is number l·D + d.
  let directions: [Direction<S>]
  let losses: Losses<S>
  private let embedding: Embedding<S>?
  private let dropouts: [InputDropout<S>?]
  private let readout: Readout<S>?
  /// ∂E/∂ the output of every stage: of the outputs, of each layer, of the embedding, and of the input. Stages that
  /// follow on each other use two buffers in turn.
  private let errors: Errors

  private struct Errors {
    let outputs: PlannedBuffer<S>
    let layers: [PlannedBuffer<S>]
    let embedding: PlannedBuffer<S>
    let input: PlannedBuffer<S>
  }

  /// Whether there is a state that a window can continue.
  var holdsState = false
  /// Whether the next window starts from the model's own initial state, learned or zero.
  var nextStartsFromModelState = false
  /// Whether the window of the last forward pass did, and its error therefore goes to a learned initial state.
  private(set) var startedFromModelState = false
  /// The number of forward passes: in those of a single step, packed weights are read forward and backward in turn.
  private var passes = 0
  /// Called in a backward pass for each layer whose gradients are complete, the highest first.
  var onLayerGradients: ((Int) -> Void)?

  var configuration: LSTMConfiguration { shape.configuration }

  /// Makes the stages; the plan allocates their memory, and `prepare` follows.
  ///
  /// - Precondition: the shape is valid.
  init(_ shape: EngineShape<S>, team: ThreadTeam?, plan: MemoryPlan) {
    let layout = ParameterLayout(shape.configuration)
    let window = Window(shape, team: team, plan: plan)
    let products = Products(shape, team: team, plan: plan)
    (self.shape, self.layout, self.window, self.products) = (shape, layout, window, products)
    trains = shape.trains
    embedding = Embedding(shape, layout: layout, window: window, products: products, plan: plan)
    let indices = 0..<shape.configuration.layerCount
    layers = indices.map { Layer($0, shape, layout: layout, window: window, products: products, plan: plan) }
    dropouts = indices.map { InputDropout(ofLayer: $0, shape, window: window, products: products, plan: plan) }
    directions = layers.flatMap(\.directions)
    readout = Readout(shape, layout: layout, top: layers.last!, window: window, products: products, plan: plan)
    losses = Losses(shape, window: window, products: products, plan: plan)
    errors = Self.planErrors(shape, plan)
  }

  /// Makes an engine and checks its memory.
  ///
  /// - Parameter bytes: other memory that is in use at the same time.
  /// - Throws: `GatewiseError` for an invalid shape or too little memory.
  convenience init(_ shape: EngineShape<S>, team: ThreadTeam, beside bytes: Double = 0) throws {
    try shape.validate()
    let plan = shape.makePlan()
    self.init(shape, team: team, plan: plan)
    try plan.allocate(for: shape.description, beside: bytes)
    prepare()
  }

  /// Called once the plan has been checked.
  func prepare() {
    if shape.path == .plain { OpenBLAS.prepare() }
    window.prepare()
  }

  // MARK: The order of the stages

  /// Runs the forward pass over the loaded window: from the current state to the outputs and the next state.
  ///
  /// - Parameter wakes: whether sleeping threads are woken to help; a small step is done before they would be.
  func forward(_ parameters: ParameterVector<S>, wakes: Bool = true) {
    beginWindow()
    passes &+= 1
    embedding?.forward(parameters)
    for (l, layer) in layers.enumerated() {
      dropouts[l]?.forward(source(ofLayer: l))
      layer.forward(
        input(ofLayer: l), source: source(ofLayer: l), parameters, reverses: !passes.isMultiple(of: 2), wakes: wakes)
    }
    readout?.forward(parameters)
  }

  /// Runs the backward pass over the window of the last forward pass (Equations, Backward), along the paths that are
  /// open.
  ///
  /// In: `outputError` and `setStateError`. Out: the gradient of every parameter; `stateError`, then of the initial
  /// state; and `inputError` if it is wanted. The deltas overwrite the gates.
  func backward(_ pass: BackwardPass<S>) {
    backwardReadout(pass)
    backwardLayers(pass)
  }

  /// From the error of the outputs to that of the highest layer; without a readout they are the same.
  func backwardReadout(_ pass: BackwardPass<S>) {
    precondition(trains, "an engine for inference has no memory for a backward pass")
    precondition(!pass.wantsInputError || shape.givesInputError, "the engine has no memory for the error of the input")
    // The weights along the open paths are the shape's; peepholes and layers below follow the pass.
    precondition(pass.paths == shape.paths, "the engine has been made for other paths of the error")
    readout?.backward(outputError, into: topError, pass)
  }

  /// From the error of the highest layer to that of the input.
  func backwardLayers(_ pass: BackwardPass<S>) {
    for l in layers.indices.reversed() {
      let (layer, error) = (layers[l], error(ofLayer: l))
      let below = sendsBelow(l, pass) ? l > 0 ? self.error(ofLayer: l - 1) : embeddingError : nil
      layer.backward(
        input(ofLayer: l), error: error, below: below, pass, startedFromModelState: startedFromModelState)
      if let below {
        dropouts[l]?.backward(below)
        layer.addSourceError(error, to: below)
      }
      if pass.gradients != nil { onLayerGradients?(l) }
    }
    embedding?.backward(embeddingError, pass) { inputError }
    if pass.wantsInputError { readout?.addInputError(to: inputError) }
  }

  /// Runs the parts of a forward pass around the layers, whose states and gates are given.
  ///
  /// - Parameter fill: puts the records of a direction into its memory.
  func replay(_ parameters: ParameterVector<S>, fill: (Direction<S>) -> Void) {
    beginWindow()
    embedding?.forward(parameters)
    for (l, layer) in layers.enumerated() {
      for direction in layer.directions {
        direction.memory.forEachStatePart { $0.gather() }
        fill(direction)
        direction.memory.forEachStatePart { $0.scatter() }
      }
      layer.join(source(ofLayer: l))
    }
    readout?.forward(parameters)
  }

  private func beginWindow() {
    startedFromModelState = nextStartsFromModelState
    nextStartsFromModelState = false
  }

  // MARK: What flows between the stages

  /// What comes from below a layer: the input, its embedding, or the output of the layer below.
  private func source(ofLayer l: Int) -> StageInput<S> {
    l > 0 ? .rows(layers[l - 1].output) : embedding?.output ?? window.input
  }

  /// What a layer reads: the same without the dropped units.
  func input(ofLayer l: Int) -> StageInput<S> { dropouts[l]?.output(of: source(ofLayer: l)) ?? source(ofLayer: l) }

  private func sendsBelow(_ l: Int, _ pass: BackwardPass<S>) -> Bool {
    l > 0 || pass.wantsInputError || embedding != nil
  }

  /// The outputs of the window: `[rows, K]` packed or, after the last step, `[N, K]` in the caller's order.
  var output: MatrixView<S> { readout?.output ?? layers[layers.count - 1].output }

  /// The number of rows of `output` and `outputError`.
  var outputRows: Int { configuration.readsLastStepOnly ? window.batchSize : window.rows }

  /// ∂E/∂outputs, in the shape and order of the outputs.
  var outputError: MatrixView<S> { errors.outputs.matrix(rows: outputRows, columns: configuration.outputSize) }

  /// ∂E/∂ the output of the highest layer, after `backwardReadout`.
  var topError: MatrixView<S> { error(ofLayer: layers.count - 1) }

  /// ∂E/∂ the output of a layer.
  private func error(ofLayer l: Int) -> MatrixView<S> {
    errors.layers[l].matrix(rows: window.rows, columns: configuration.outputSize(ofLayer: l))
  }

  /// ∂E/∂ what the lowest layer reads: the embedding, or without one the input.
  private var embeddingError: MatrixView<S> {
    errors.embedding.matrix(rows: window.rows, columns: configuration.inputSize(ofLayer: 0))
  }

  /// ∂E/∂x after a backward pass that was asked for it, `[rows, I]` packed.
  var inputError: MatrixView<S> {
    errors.input.matrix(rows: window.rows, columns: configuration.inputSize)
  }

  /// Copies the outputs of a window that starts at step `start` to the caller's elements, `[T, N, K]` or `[1, N, K]`.
  func copyOutput(to elements: VectorView<S>, from start: Int = 0) {
    let output = output
    if configuration.readsLastStepOnly {
      elements[0..<output.elements.count].copy(from: output.elements)
    } else {
      window.scatter(output, into: elements, from: start)
    }
  }

  /// Whether it is worth waking threads to share a step of any layer, as the window is loaded now.
  var sharesSteps: Bool {
    layers.contains { layer in
      let H = layer.directions[0].layer.hiddenSize
      let split = WorkSplit(
        window.packing, hiddenSize: H, takesTokens: false, threads: products.threads, kernels: products.kernels)
      return split.isWorthMeeting(window.packing, hiddenSize: H)
    }
  }

  /// Lets the highest layer write to the caller's tensor, `[rows, H]`, until `endBorrowing`.
  func setCallerOutput(_ output: MatrixView<S>?) { layers[layers.count - 1].setCallerOutput(output) }

  /// Ends the use of the caller's memory.
  func endBorrowing() {
    window.endBorrowing()
    setCallerOutput(nil)
  }

  private static func planErrors(_ shape: EngineShape<S>, _ plan: MemoryPlan) -> Errors {
    let (configuration, trains) = (shape.configuration, shape.trains)
    let buffers: [PlannedBuffer<S>] = [plan.buffer("errors of stages"), plan.buffer("errors of the stages between")]
    var stage = 0
    func next(_ width: Int, if isNeeded: Bool = true, perSequence: Bool = false) -> PlannedBuffer<S> {
      defer { stage += 1 }
      return buffers[stage % 2].share {
        isNeeded ? (perSequence ? $0.sequences : $0.rows) * Double(width) : 0
      }
    }
    let outputs = next(
      configuration.outputSize, if: shape.purpose == .evaluation || trains, perSequence: configuration.readsLastStepOnly
    )
    if configuration.readout == nil { stage = 0 }
    let layers = (0..<configuration.layerCount).reversed().map {
      next(configuration.outputSize(ofLayer: $0), if: trains)
    }
    let embedding = configuration.embeddingSize.map { next($0, if: trains) }
    let input = next(configuration.inputSize, if: trains && shape.givesInputError)
    return Errors(outputs: outputs, layers: layers.reversed(), embedding: embedding ?? input, input: input)
  }
}

extension Engine {
  /// Computes the losses of the window's outputs and, if it is wanted, `outputError`; see `Losses.evaluate`.
  func evaluate(_ loss: any Loss, on batch: SequenceBatch<S>, from start: Int, weight: Double, wantsError: Bool) {
    losses.evaluate(
      loss, on: batch, from: start, weight: weight, outputs: output, error: outputError, wantsError: wantsError)
  }

  /// Loads dy, in the caller's order and shape, as the error of the outputs of a window that starts at step `start`.
  func loadOutputError(_ dy: Tensor<S>, from start: Int) {
    let error = outputError
    dy.elements.withView {
      if configuration.readsLastStepOnly {
        error.elements.copy(from: $0[0..<error.elements.count])
      } else {
        window.gather($0, from: start, into: error)
      }
    }
  }

  /// Sets the error of the outputs to zero.
  func clearOutputError() { outputError.fill(0) }
}

extension Engine {
  /// Checks that a model has the configuration that this engine was made for.
  func requireSameConfiguration(_ model: LSTM<S>) throws(GatewiseError) {
    guard model.configuration == configuration else {
      throw .invalidArgument("The model has a different configuration than the one this pass was made for.")
    }
  }

  /// Checks that a batch that continues the previous one has a state to continue, for the same number of sequences.
  ///
  /// - Throws: `GatewiseError.invalidArgument` saying what is missing.
  func requireContinuation(_ batch: SequenceBatch<S>) throws(GatewiseError) {
    guard batch.continuesState else { return }
    guard holdsState else {
      throw .invalidArgument("The batch continues the one before, but there is none; let the first batch start anew.")
    }
    guard batch.batchSize == window.batchSize else {
      throw .invalidArgument(
        "The batch continues the one before, but has \(batch.batchSize) sequences and that one had "
          + "\(window.batchSize); give both the same sequences or start anew.")
    }
  }

  /// Starts the next window from the learned initial state, or from zero.
  func resetState(_ parameters: ParameterVector<S>) {
    (nextStartsFromModelState, holdsState) = (true, true)
    for direction in directions {
      let layer = direction.memory.layer
      direction.memory.hidden.reset(to: layer.initialHidden.map { parameters.vector(at: $0, count: layer.outputSize) })
      direction.memory.cells.reset(to: layer.initialCell.map { parameters.vector(at: $0, count: layer.hiddenSize) })
      direction.memory.gateActivations?.reset(to: nil)
    }
  }

  /// Starts the next window from a given state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` if the state is of another model or another batch.
  func setState(_ state: LSTMState<S>) throws(GatewiseError) {
    try state.validate(for: configuration, batchSize: window.batchSize)
    (nextStartsFromModelState, holdsState) = (false, true)
    for (k, direction) in directions.enumerated() {
      direction.memory.hidden.set(state.hidden[k].elements)
      direction.memory.cells.set(state.cell[k].elements)
      direction.memory.gateActivations?.set(state.gates[k].elements)
    }
  }

  /// The state after the last window, or the one set for the next.
  var state: LSTMState<S> {
    LSTMState(
      hidden: directions.map(\.memory.hidden.tensor), cell: directions.map(\.memory.cells.tensor),
      gates: directions.compactMap { $0.memory.gateActivations?.tensor })
  }

  /// ∂E/∂state: of the last step before a backward pass, of the initial state after it.
  var stateError: LSTMState<S> {
    LSTMState(
      hidden: directions.map(\.memory.hidden.errorTensor), cell: directions.map(\.memory.cells.errorTensor),
      gates: directions.compactMap { $0.memory.gateActivations?.errorTensor })
  }

  /// Sets the error of each sequence's last state.
  func setStateError(_ error: LSTMState<S>) throws(GatewiseError) {
    try error.validate(for: configuration, batchSize: window.batchSize)
    for (k, direction) in directions.enumerated() {
      direction.memory.hidden.setError(error.hidden[k].elements)
      direction.memory.cells.setError(error.cell[k].elements)
      direction.memory.gateActivations?.setError(error.gates[k].elements)
    }
  }

  /// Sets the error of the last states to zero.
  func clearStateError() {
    for direction in directions { direction.memory.forEachStatePart { $0.clearError() } }
  }
}
