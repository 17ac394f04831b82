/// One direction of a layer, forward and back, by the tile or on the plain path. A reverse direction runs as a forward
/// one on rows that its layer has turned.
final class Direction<S: Scalar> {
  let memory: DirectionMemory<S>
  let path: Path
  private let window: Window<S>
  private let products: Products<S>

  /// What runs the recurrence.
  enum Path {
    case tile(TileDirection<S>)
    case plain(PlainDirection<S>)
  }

  init(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan) {
    memory = DirectionMemory(layer, shape, window: window, plan: plan)
    (self.window, self.products) = (window, products)
    path =
      shape.runsByTile
      ? .tile(TileDirection(memory, shape, window: window, products: products, plan: plan))
      : .plain(PlainDirection(memory, shape, window: window, products: products, plan: plan))
  }

  var layer: LayerParameters { memory.layer }

  /// Copies the error of the last states to packed order. If no error comes back through the recurrence, dh of the last
  /// state is part of its step's error from the start.
  ///
  /// - Parameter error: e `[rows, H]`, or `[rows, P]`.
  func gatherError(addingTo error: MatrixView<S>, paths: ErrorPaths) {
    memory.forEachStatePart { $0.gatherError() }
    guard paths.recurrence.isEmpty else { return }
    let (packing, carried) = (window.packing, memory.hidden.carriedError)
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      products.kernels.add(carried[n], to: error[packing.offset[packing.lengths[n] - 1] + n])
      carried[n].fill(0)
    }
  }

  /// Wᵀ, by which δ goes to the layer below.
  func transposedInputWeights(_ parameters: ParameterVector<S>) -> RightFactor<S> {
    switch path {
    case .tile(let tile): tile.transposedInputWeights(parameters)
    case .plain(let plain): plain.inputWeights.transposed(parameters)
    }
  }

  /// Computes the deltas of the error of every step alone.
  func currentDeltas(_ error: MatrixView<S>, _ pass: BackwardPass<S>) -> MatrixView<S> {
    switch path {
    case .tile(let tile): tile.current!.deltas(error, .fused(tile.openPeepholes(pass)), products)
    case .plain(let plain): plain.currentDeltas(error, pass)
    }
  }

  /// The deltas that the recurrence has left.
  func deltas(_ parameters: ParameterVector<S>) -> GateDeltas<S> {
    switch path {
    case .tile: GateDeltas(memory.gates)
    case .plain(let plain): plain.deltas(parameters)
    }
  }

  /// δ of what goes into the activations, `[rows, C]`, after a backward pass.
  var recordedDelta: MatrixView<S> {
    if case .plain(let plain) = path { return plain.recordedDelta }
    return memory.gates
  }

  /// Computes what a direction keeps beside h, c and gates, if these are given.
  func fillBehindRecord(_ parameters: ParameterVector<S>) {
    if case .plain(let plain) = path { plain.fillBehindRecord(parameters) }
  }

  /// The gradients after the recurrence: of the weights, the bias, the peepholes and a learned initial state.
  ///
  /// - Parameters:
  ///   - input: what the direction read.
  ///   - error: its error, which has been used and is overwritten.
  ///   - deltas: what the recurrence left.
  ///   - startedFromModelState: whether the window started from a learned initial state.
  func addGradients(
    _ input: StageInput<S>, error: MatrixView<S>, _ deltas: GateDeltas<S>, into gradients: VectorView<S>,
    startedFromModelState: Bool
  ) {
    let db = memory.biasGradient(in: gradients)
    var newCells: MatrixView<S>?
    switch path {
    case .tile(let tile): tile.sumWeights(input, scratch: error, into: gradients, bias: db)
    case .plain(let plain):
      plain.sumWeights(input, error: error, deltas, into: gradients, bias: db)
      newCells = plain.newCells
    }
    if !layer.bias.isFull { layer.bias.collect(db, into: gradients) }
    if let peepholes = layer.peepholes {
      let columns = layer.columns
      let job = PeepholeGradients(
        packing: window.packing, columns: columns, delta: deltas.peepholes, cells: memory.cells.all,
        newCells: newCells,
        peepholes: gradients.matrix(at: peepholes, rows: columns.gateKinds, columns: columns.cells),
        kernels: products.kernels)
      products.run(job, tasks: job.tasks)
    }
    sumInitialState(into: gradients, startedFromModelState: startedFromModelState)
  }

  /// The gradient of a learned initial state, from the error of the initial states. A given or carried state replaces
  /// the learned one, which then gets none.
  func sumInitialState(into gradients: VectorView<S>, startedFromModelState: Bool) {
    guard let hidden = layer.initialHidden, let cell = layer.initialCell else { return }
    func sum(_ part: StatePart<S>, at place: Int) {
      let sum = gradients.vector(at: place, count: part.width)
      sum.fill(0)
      guard startedFromModelState else { return }
      let error = part.error
      for n in 0..<window.batchSize { products.kernels.add(error[n], to: sum) }
    }
    sum(memory.hidden, at: hidden)
    sum(memory.cells, at: cell)
  }
}

/// ∂E/∂ what each of a direction's parameters is multiplied by, `[rows, C]`: usually all the same.
struct GateDeltas<S: Scalar> {
  /// The deltas whose sum is db.
  let bias: MatrixView<S>
  /// The deltas that peepholes are multiplied by.
  let peepholes: MatrixView<S>
  /// The deltas of R and U.
  let recurrent: MatrixView<S>
  /// The deltas of W, which also go to the layer below.
  let input: MatrixView<S>
}

extension GateDeltas {
  /// The same deltas for all.
  init(_ all: MatrixView<S>) { self.init(bias: all, peepholes: all, recurrent: all, input: all) }
}

/// What one direction of a layer keeps of a window: its gates and its states, packed as `SequencePacking` says.
final class DirectionMemory<S: Scalar> {
  let layer: LayerParameters
  /// Whether gates and cells of every step are kept, for a backward pass or to be shown.
  let keepsSteps: Bool
  private let window: Window<S>
  private let activations: PlannedBuffer<S>
  /// y: h, or the P outputs that replace it.
  let hidden: StatePart<S>
  /// c
  let cells: StatePart<S>
  /// The gate activations that are inputs of the next step; nil if none are.
  let gateActivations: StatePart<S>?
  private let wholeBias: PlannedBuffer<S>

  init(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    (self.layer, self.window) = (layer, window)
    keepsSteps = shape.keepsSteps
    let (C, keepsSteps, d) = (Double(layer.columns.count), shape.keepsSteps, layer.isReverse ? 1 : 0)
    activations = plan.buffer("gates\(layer.suffix)") { keepsSteps ? $0.rows * C : 0 }
    func part(_ name: String, width: Int, keepsSteps: Bool) -> StatePart<S> {
      StatePart(
        name + layer.suffix, width: width, direction: d, keepsSteps: keepsSteps, trains: shape.trains, window: window,
        plan: plan)
    }
    hidden = part("h", width: layer.outputSize, keepsSteps: true)
    cells = part("c", width: layer.hiddenSize, keepsSteps: keepsSteps)
    gateActivations =
      layer.gateWeights.map { _ in part("activations", width: layer.columns.gateCount, keepsSteps: true) }
    let isFull = layer.bias.isFull
    wholeBias = plan.buffer("bias\(layer.suffix)") { _ in isFull ? 0 : C }
  }

  /// `[rows, C]`: pre-activations, then activations i f g o, then, in a backward pass, the deltas δ. Only if steps are
  /// kept.
  var gates: MatrixView<S> { activations.matrix(rows: window.rows, columns: layer.columns.count) }

  /// b of all columns, `[C]`, with zeros for columns without a bias.
  func bias(_ parameters: ParameterVector<S>) -> VectorView<S> {
    if !layer.bias.isFull { layer.bias.expand(parameters.values, into: wholeBias.vector) }
    return bias(in: parameters.values)
  }

  /// Where db of all columns is summed, `[C]`.
  func biasGradient(in gradients: VectorView<S>) -> VectorView<S> { bias(in: gradients) }

  private func bias(in vector: VectorView<S>) -> VectorView<S> {
    layer.bias.isFull ? vector.vector(at: layer.bias.offset, count: layer.bias.columns) : wholeBias.vector
  }

  /// Calls `body` with h, c and, if they are inputs of the next step, the gate activations.
  func forEachStatePart(_ body: (StatePart<S>) -> Void) {
    body(hidden)
    body(cells)
    if let gateActivations { body(gateActivations) }
  }

  /// The number of elements of a sequence's state.
  var stateSize: Int { hidden.width + cells.width + (gateActivations?.width ?? 0) }
}

/// One part of a direction's recurrent state: h, c, or the gate activations that are inputs of the next step.
///
/// It connects the state outside a window, in the caller's order, with the packed rows of the window, and their errors.
final class StatePart<S: Scalar> {
  let width: Int
  private let window: Window<S>
  /// Whether the states of all steps are kept; otherwise only the running state.
  private let keepsSteps: Bool
  private let rows: PlannedBuffer<S>
  private let outside: PlannedBuffer<S>
  private let outsideError: PlannedBuffer<S>
  private let carried: PlannedBuffer<S>
  /// Where the rows after each step are instead, `[rows, width]`: the caller's tensor, during one call.
  var callerOutput: MatrixView<S>?

  /// - Parameters:
  ///   - direction: 0 or 1: the layers of one direction share the memory for the carried error.
  ///   - keepsSteps: whether the states of all steps are kept.
  init(
    _ name: String, width: Int, direction: Int, keepsSteps: Bool, trains: Bool, window: Window<S>, plan: MemoryPlan
  ) {
    (self.width, self.keepsSteps, self.window) = (width, keepsSteps, window)
    let width = Double(width)
    rows = plan.buffer(name) { ($0.sequences + (keepsSteps ? $0.rows : 0)) * width }
    outside = plan.buffer("\(name), state") { $0.sequences * width }
    outsideError = plan.buffer("\(name), error of the state") { trains ? $0.sequences * width : 0 }
    let kind = name.prefix { $0 != "_" }
    carried = plan.shared("carried error of \(kind), direction \(direction)") { trains ? $0.sequences * width : 0 }
  }

  /// `[N + rows, width]`: the state before the first step, then the states after each step, packed; `[N, width]`, the
  /// running state, if steps are not kept.
  var all: MatrixView<S> {
    rows.matrix(rows: window.batchSize + (keepsSteps ? window.rows : 0), columns: width)
  }
  /// `[rows, width]`: the states after each step.
  var steps: MatrixView<S> {
    callerOutput ?? rows.matrix(at: window.batchSize * width, rows: window.rows, columns: width)
  }
  /// `[N, width]` in the caller's order: the state before a window, after its pass the state after each sequence's own
  /// last step.
  var state: MatrixView<S> { outside.matrix(rows: window.batchSize, columns: width) }
  /// `[N, width]` in the caller's order: the error of the state after the last steps, after a backward pass that of the
  /// state before the first.
  var error: MatrixView<S> { outsideError.matrix(rows: window.batchSize, columns: width) }
  /// `[N, width]`, packed: the same during a backward pass.
  var carriedError: MatrixView<S> { carried.matrix(rows: window.batchSize, columns: width) }

  /// Copies the state before the window to the rows.
  func gather() { copyToPacked(state, all) }

  /// Copies the state after each sequence's own last step from the rows.
  func scatter() {
    let (packing, state) = (window.packing, state)
    let last = keepsSteps ? steps : all
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      state[packing.order[n]].copy(from: last[keepsSteps ? packing.offset[packing.lengths[n] - 1] + n : n])
    }
  }

  /// Copies the error of the last states to packed order.
  func gatherError() { copyToPacked(error, carriedError) }

  /// Copies the error of the initial states from packed order.
  func scatterError() {
    let (error, carriedError) = (error, carriedError)
    for n in 0..<window.batchSize { error[window.packing.order[n]].copy(from: carriedError[n]) }
  }

  private func copyToPacked(_ outside: MatrixView<S>, _ packed: MatrixView<S>) {
    for n in 0..<window.batchSize { packed[n].copy(from: outside[window.packing.order[n]]) }
  }

  /// The states before each step, `[rows, width]`: the same rows one step earlier if all sequences are equally long,
  /// otherwise copied to `memory`.
  func previous(copiedTo memory: () -> MatrixView<S>) -> MatrixView<S> {
    let (packing, all) = (window.packing, all)
    if packing.isUniform { return all.rows(0..<packing.rows) }
    let previous = memory()
    for t in 0..<packing.steps {
      previous.rows(from: packing.offset[t], count: packing.active[t]).elements.copy(
        from: all.rows(from: packing.stateRow(before: t), count: packing.active[t]).elements)
    }
    return previous
  }

  /// Sets the state of all sequences to a learned one, `[width]`, or to zero.
  func reset(to learned: VectorView<S>?) {
    guard let learned else { return state.fill(0) }
    for n in 0..<window.batchSize { state[n].copy(from: learned) }
  }

  func clearError() { outsideError.zero() }

  func set(_ elements: [S]) { elements.withView { state.elements.copy(from: $0) } }
  func setError(_ elements: [S]) { elements.withView { error.elements.copy(from: $0) } }
  var tensor: Tensor<S> { tensor(of: state) }
  var errorTensor: Tensor<S> { tensor(of: error) }

  private func tensor(of source: MatrixView<S>) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [window.batchSize, width])
    tensor.elements.withMutableView { $0.copy(from: source.elements) }
    return tensor
  }
}

/// The weights of a recurrent product as the error sees them on the way back: with zeros in the columns of the nets
/// through which no error passes.
struct OpenRecurrence<S: Scalar> {
  private let isClosed: Bool
  /// The columns of closed nets, if others are open.
  private let zeros: [Range<Int>]
  /// `[inputs, C]`: the copy with zeros; no memory if all nets are open, or none.
  private let copy: PlannedBuffer<S>

  /// - Parameter name: that of the copy, which differs for weights that are needed at the same time.
  init(_ name: String, inputs: Int, _ layer: LayerParameters, _ shape: EngineShape<S>, plan: MemoryPlan) {
    let open = shape.paths.recurrence
    isClosed = open.isEmpty
    zeros = isClosed ? [] : layer.columns.nets.filter { !open.contains($0.net) }.map(\.columns)
    let count = shape.trains && !zeros.isEmpty ? Double(inputs) * Double(layer.columns.count) : 0
    copy = plan.shared(name) { _ in count }
  }

  /// The weights along the open paths: themselves if all are open, nil if none is.
  ///
  /// - Parameter weights: R or U, `[inputs, C]`.
  func weights(_ weights: MatrixView<S>) -> MatrixView<S>? {
    if isClosed { return nil }
    if zeros.isEmpty { return weights }
    let open = copy.matrix(rows: weights.rows, columns: weights.columns)
    open.elements.copy(from: weights.elements)
    for columns in zeros { open.columns(columns).fill(0) }
    return open
  }
}
