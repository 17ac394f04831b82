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
    guard !paths.throughRecurrence else { return }
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
    case .tile(let tile): tile.current!.deltas(error, .fused(tile.peepholes(pass)), products)
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
