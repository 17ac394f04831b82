/// A direction of a layer by the tile: per layer and step one product of all gates with the gate arithmetic behind it.
///
/// The weights are packed when a pass comes to them. While parameters do not change, every layer has panels of its own
/// and packs [W; R] once. In training they change at every step, and each matrix has its turn: the layers of a
/// direction share panels that hold one matrix at a time, warm in the cache for the products that follow.
final class TileDirection<S: Scalar> {
  private let memory: DirectionMemory<S>
  private let window: Window<S>
  private let products: Products<S>
  private let storage: WeightStorage
  private let directions: Int
  private let panels: WeightPanels<S>
  /// Rows of int8 codes, some memory for every task.
  private let codes: PlannedBuffer<S>
  /// x·W + b made ahead of the recurrence, if no gates are kept.
  private let ahead: PlannedBuffer<S>
  private let openPeepholes: OpenPeepholes<S>
  /// For rules that send the error of every step alone to the layer below; else nil.
  let current: CurrentDeltas<S>?

  init(
    _ memory: DirectionMemory<S>, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan
  ) {
    (self.memory, self.window, self.products, storage) = (memory, window, products, shape.weights)
    directions = shape.configuration.directionCount
    let (layer, kernels) = (memory.layer, shape.kernels)
    let (I, H, trains) = (layer.inputSize, layer.hiddenSize, shape.trains)
    let gates = Double(kernels.packedCount(inputs: I, hidden: H, storage))
    let transposed = Double(
      max(kernels.factorCount(columns: H, depth: 4 * H), kernels.factorCount(columns: I, depth: 4 * H)))
    let d = layer.isReverse ? 1 : 0
    panels = products.panels("gates, direction \(d)", count: trains ? max(gates, transposed) : gates, plan)
    let codesOfRow = Double(kernels.scratchCount(rows: 1, inputs: I, hidden: H, storage))
    let threads = shape.threads
    codes = plan.buffer("int8 codes\(layer.suffix)") {
      codesOfRow * WorkSplit.mostRowsOfCalls($0.sequences, threads: threads)
    }
    let keepsSteps = shape.keepsSteps
    ahead = plan.shared("products ahead, direction \(d)") {
      keepsSteps ? 0 : max($0.sequences, Double(WorkSplit.rowsAhead)) * 4 * Double(H)
    }
    openPeepholes = OpenPeepholes(layer, trains: trains, plan: plan)
    current = CurrentDeltas(memory, shape, window: window, plan: plan)
    products.planSums(columns: layer.columns.count)
  }

  private var layer: LayerParameters { memory.layer }

  private func split(takesTokens: Bool) -> WorkSplit {
    WorkSplit(
      window.packing, hiddenSize: layer.hiddenSize, takesTokens: takesTokens, threads: products.threads,
      directions: directions, kernels: products.kernels)
  }

  /// The forward pass over the window.
  ///
  /// - Parameter reverses: whether the first step reads the panels from the last to the first.
  func forward(_ input: StageInput<S>, _ parameters: ParameterVector<S>, reverses: Bool) -> TileForward<S> {
    let bias = memory.bias(parameters)
    let (source, takesTokens): (TileForward<S>.Input, Bool)
    switch input {
    case .rows(let rows): (source, takesTokens) = (.dense(rows), false)
    case .tokens(let tokens): (source, takesTokens) = (.tokens(tokens, inputWeights(parameters.values), bias), true)
    case .none: preconditionFailure("the input is not loaded")
    }
    let split = split(takesTokens: takesTokens)
    let rows = split.largestCalls(window.packing).rows
    let codesCount = products.kernels.scratchCount(
      rows: rows, inputs: takesTokens ? 0 : layer.inputSize, hidden: layer.hiddenSize, storage)
    return TileForward(
      packing: window.packing, split: split, hiddenSize: layer.hiddenSize, input: source,
      packed: packedGates(parameters, bias: bias, takesTokens: takesTokens), storage: storage,
      codes: codes.vector, codesCount: codesCount, reverses: reverses, peepholes: Peepholes(layer, parameters),
      gates: memory.keepsSteps ? memory.gates : nil,
      ahead: ahead.matrix(rows: max(window.batchSize, WorkSplit.rowsAhead), columns: layer.columns.count),
      cells: memory.cells.all,
      keepsCells: memory.keepsSteps, initialHidden: memory.hidden.all, hidden: memory.hidden.steps,
      kernels: products.kernels)
  }

  /// The backward pass over the window, for the error e `[rows, H]`.
  func backward(_ error: MatrixView<S>, _ pass: BackwardPass<S>) -> TileBackward<S> {
    TileBackward(
      packing: window.packing, split: split(takesTokens: false), hiddenSize: layer.hiddenSize,
      recurrent: pass.paths.throughRecurrence
        ? transposed(recurrentWeights(pass.parameters.values)) : nil,
      peepholes: peepholes(pass), deltaClip: pass.paths.bound(), gates: memory.gates, cells: memory.cells.all,
      error: error, hiddenCarry: memory.hidden.carriedError, cellCarry: memory.cells.carriedError,
      kernels: products.kernels)
  }

  func peepholes(_ pass: BackwardPass<S>) -> Peepholes<S> {
    openPeepholes.weights(pass.parameters, pass.paths.peepholes)
  }

  /// Wᵀ, packed in place of the present content.
  func transposedInputWeights(_ parameters: ParameterVector<S>) -> RightFactor<S> {
    transposed(inputWeights(parameters.values))
  }

  /// The sums over all steps dW, dR and db.
  ///
  /// - Parameter scratch: memory for y_{t-1}, `[rows, H]`.
  func sumWeights(
    _ input: StageInput<S>, scratch: MatrixView<S>, into gradients: VectorView<S>, bias: VectorView<S>
  ) {
    let dW = inputWeights(gradients)
    var factor: PackedWeightGradients<S>.Factor?
    switch input {
    case .rows(let x): factor = .init(left: x, gradient: dW)
    case .tokens, .none: products.sum(input, memory.gates, into: dW)
    }
    products.sumByTile(
      input: factor,
      recurrent: .init(left: memory.hidden.previous { scratch }, gradient: recurrentWeights(gradients)),
      memory.gates, bias: bias)
  }

  /// W `[I, 4H]` among the parameters, or dW among their gradients.
  private func inputWeights(_ vector: VectorView<S>) -> MatrixView<S> {
    vector.matrix(at: layer.inputWeights, rows: layer.inputSize, columns: layer.columns.count)
  }

  /// R `[H, 4H]`, or dR.
  private func recurrentWeights(_ vector: VectorView<S>) -> MatrixView<S> {
    vector.matrix(at: layer.recurrentWeights, rows: layer.hiddenSize, columns: layer.columns.count)
  }

  private func transposed(_ weights: MatrixView<S>) -> RightFactor<S> {
    panels.pack(weights, isTransposed: true, as: nil, kernels: products.kernels, team: products.team)
  }

  /// Packs W, R and b for `Kernels.inputProduct` and `recurrentStep`, unless they are packed already.
  ///
  /// - Parameters:
  ///   - bias: b `[4H]`.
  ///   - takesTokens: the input is tokens, so that no product needs W.
  private func packedGates(
    _ parameters: ParameterVector<S>, bias: VectorView<S>, takesTokens: Bool
  ) -> VectorView<S> {
    let inputs = takesTokens ? 0 : layer.inputSize
    let content = parameters.version.map {
      WeightPanels<S>.Content(place: layer.inputWeights, version: $0, inputs: inputs)
    }
    if content == nil || panels.content != content {
      let job = GatesJob(
        packing: GatePacking(
          inputs: inputs, hidden: layer.hiddenSize, first: 0, end: layer.hiddenSize, storage: storage.format,
          w: inputWeights(parameters.values).base, r: recurrentWeights(parameters.values).base, b: bias.base,
          packed: panels.packed.base),
        parts: products.threads, kernels: products.kernels)
      products.run(job, tasks: products.threads)
      panels.content = content
    }
    return panels.packed
  }

  /// The job that packs W, R and b, with one task for each part of the hidden units.
  private struct GatesJob: TeamJob, @unchecked Sendable {
    let packing: GatePacking
    let parts: Int
    let kernels: Kernels<S>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      var part = packing
      let units = kernels.part(task, of: parts, ofUnits: packing.hidden)
      (part.first, part.end) = (units.lowerBound, units.upperBound)
      kernels.packGates(part)
    }
  }
}
