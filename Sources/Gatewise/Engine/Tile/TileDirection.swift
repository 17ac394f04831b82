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
  private let openRecurrence: OpenRecurrence<S>
  /// nil without peepholes.
  private let peepholes: PeepholeWeights<S>?
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
    openRecurrence = OpenRecurrence("open columns of R", inputs: H, layer, shape, plan: plan)
    peepholes = PeepholeWeights(layer, trains: trains, plan: plan)
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
      codes: codes.vector, codesCount: codesCount, reverses: reverses,
      peepholes: peepholes?.all(parameters) ?? Peepholes(),
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
      recurrent: openRecurrence.weights(recurrentWeights(pass.parameters.values)).map(transposed),
      peepholes: openPeepholes(pass), deltaClip: products.kernels.bound(pass.paths.deltaClip), gates: memory.gates,
      cells: memory.cells.all, error: error, hiddenCarry: memory.hidden.carriedError,
      cellCarry: memory.cells.carriedError,
      kernels: products.kernels)
  }

  func openPeepholes(_ pass: BackwardPass<S>) -> Peepholes<S> {
    peepholes?.open(pass.parameters, pass.paths.peepholes) ?? Peepholes()
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

/// How the recurrent part of a layer is shared between threads: by sequences, which never wait for each other, or,
/// where there are few, by hidden units, which meet after every step. By the tile a result has the same bits either
/// way.
///
/// Figures are for two cores of a Zen 4; they were taken with `gatewise bench` and the kernels' micro-benchmarks.
struct WorkSplit: Equatable {
  /// Sequences that one task takes through all steps.
  let sequencesPerBlock: Int
  /// Parts of the units that meet after every step; 1: the tasks are blocks of sequences.
  let unitParts: Int
  /// Steps whose input product is made at once, ahead of the recurrence; 1: in the step itself, in one chain with the
  /// recurrent product.
  let stepsAhead: Int

  /// A tile of 4 rows and more runs at full speed; of one or two it waits for the weights to come from the cache.
  private static let fullTile = 4
  /// Operations of a step below which its halves are done before the threads have met.
  private static let operationsWorthMeeting = 500_000
  /// More sequences than that in a block gain nothing.
  private static let largestBlock = 64
  /// Sequences of different lengths: a block of the longest works more than one of the shortest, and small blocks even
  /// that out.
  private static let raggedBlock = 8
  /// Rows of pre-activations that are made ahead: enough to read the weights once for many, few enough to stay in
  /// the cache.
  static let rowsAhead = 64

  /// - Parameter directions: how many passes share the threads side by side.
  init<S: Scalar>(
    _ packing: SequencePacking, hiddenSize H: Int, takesTokens: Bool, threads: Int, directions: Int = 1,
    kernels: Kernels<S>
  ) {
    let (N, threads) = (packing.batchSize, max(1, threads / directions))
    let isSmall = N < Self.fullTile * threads
    unitParts =
      isSmall && threads > 1 && Self.isWorthMeeting(N, H)
      ? Self.parts(of: H, threads: threads, kernels) : 1
    if unitParts > 1 {
      sequencesPerBlock = N
    } else {
      let share = max((N + threads - 1) / threads, min(2, N))
      sequencesPerBlock = min(share, packing.isUniform ? Self.largestBlock : Self.raggedBlock)
    }
    let makesAhead = packing.steps > 1 && N < Self.fullTile && sequencesPerBlock >= N && !takesTokens
    stepsAhead = makesAhead ? max(1, Self.rowsAhead / N) : 1
  }

  /// As many parts as there are threads, but none without units.
  static func parts<S: Scalar>(of units: Int, threads: Int, _ kernels: Kernels<S>) -> Int {
    (1...threads).last { !kernels.part(0, of: $0, ofUnits: units).isEmpty } ?? 1
  }

  /// Whether a step by itself is shared, and long enough that threads should be woken for it.
  func isWorthMeeting(_ packing: SequencePacking, hiddenSize H: Int) -> Bool {
    (unitParts > 1 || blocks(packing) > 1) && Self.isWorthMeeting(packing.batchSize, H)
  }

  private static func isWorthMeeting(_ N: Int, _ H: Int) -> Bool { 8 * N * H * H >= operationsWorthMeeting }

  /// The most rows that one call of a kernel gets, and the most calls at once.
  func largestCalls(_ packing: SequencePacking) -> (rows: Int, count: Int) {
    (
      max(sequencesPerBlock, stepsAhead > 1 ? stepsAhead * packing.batchSize : 0),
      max(unitParts, blocks(packing))
    )
  }

  /// A bound of the rows of all calls at once, for N sequences.
  static func mostRowsOfCalls(_ sequences: Double, threads: Int) -> Double {
    let threads = Double(threads)
    return sequences + Double(largestBlock) + threads
      * max(Double(rowsAhead), min(sequences, Double(fullTile) * threads))
  }

  /// The number of blocks of sequences.
  func blocks(_ packing: SequencePacking) -> Int {
    (packing.batchSize + sequencesPerBlock - 1) / sequencesPerBlock
  }
}

/// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ and db = Σ δ over all rows of a window, by the tile: one pass over δ for all three, or
/// for what is asked of them.
///
/// One task is a block of columns; every sum over rows runs in one fixed order, whatever the blocks.
struct PackedWeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// One of the two left factors and the destination of its gradient.
  struct Factor {
    /// `[rows, width]`
    let left: MatrixView<S>
    /// `[width, columns]`
    let gradient: MatrixView<S>
  }

  /// How the columns of δ, 4H of a layer, are shared out.
  private let cut: WeightGradientCut<S>
  /// x with dW; nil where tokens take its place.
  let input: Factor?
  /// y_{t-1} with dR, or any other.
  let recurrent: Factor
  /// `[rows, 4H]`
  let delta: MatrixView<S>
  /// `[4H]`, overwritten; nil where it is another job's.
  let bias: VectorView<S>?
  /// `WeightGradientCut.scratchCount` elements, of which every task has a part.
  let scratch: VectorView<S>
  let kernels: Kernels<S>

  init(
    input: Factor?, recurrent: Factor, delta: MatrixView<S>, bias: VectorView<S>?, scratch: VectorView<S>,
    kernels: Kernels<S>, threads: Int
  ) {
    (self.input, self.recurrent, self.delta, self.bias) = (input, recurrent, delta, bias)
    (self.scratch, self.kernels) = (scratch, kernels)
    cut = WeightGradientCut(columns: delta.columns, threads: threads)
  }

  var tasks: Int { cut.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (part, rows) = (cut.part(task), delta.rows)
    kernels.weightGradient(
      WeightGradient(
        rows: rows, columns: cut.columns, first: part.lowerBound, end: part.upperBound,
        left: (input.map { UnsafeRawPointer($0.left.base) }, UnsafeRawPointer(recurrent.left.base)),
        width: (input?.left.columns ?? 0, recurrent.left.columns), delta: delta.base,
        gradient: (
          input.map { UnsafeMutableRawPointer($0.gradient.base) }, UnsafeMutableRawPointer(recurrent.gradient.base)
        ),
        bias: bias?.base, scratch: scratch.from(task * cut.scratchPerTask(rows: rows, kernels: kernels)).base))
  }
}

/// The division of the columns of a `WeightGradient` into tasks. The bits of the result do not depend on it.
struct WeightGradientCut<S: Scalar> {
  /// The number of columns, 4H for a layer's weights.
  let columns: Int
  private let columnsPerTask: Int

  /// The maximum number of columns of a task. Every task makes its own copies of x and y.
  private static var mostColumns: Int { 2048 / MemoryLayout<S>.stride }
  /// The columns of a panel of the widest instruction set. A task has whole panels.
  private static var panel: Int { 256 / MemoryLayout<S>.stride }

  init(columns: Int, threads: Int) {
    self.columns = columns
    let panels = (columns + Self.panel - 1) / Self.panel
    columnsPerTask = min(Self.mostColumns, max(1, (panels + threads - 1) / threads) * Self.panel)
  }

  var tasks: Int { (columns + columnsPerTask - 1) / columnsPerTask }

  /// Returns the columns of a task.
  func part(_ task: Int) -> Range<Int> {
    task * columnsPerTask..<min(columns, (task + 1) * columnsPerTask)
  }

  /// Returns the number of elements of scratch memory for one task over `rows` rows.
  func scratchPerTask(rows: Int, kernels: Kernels<S>) -> Int {
    kernels.weightGradientScratch(rows: rows, columns: columnsPerTask)
  }

  /// Returns the number of elements of scratch memory for all tasks.
  func scratchCount(rows: Int, kernels: Kernels<S>) -> Int {
    tasks * scratchPerTask(rows: rows, kernels: kernels)
  }
}
