/// The products of an engine that are not part of a layer's recurrence: over all rows of a window, on the engine's path
/// and its threads.
final class Products<S: Scalar> {
  let kernels: Kernels<S>
  let path: RecurrentPath
  /// nil uses the calling thread alone.
  let team: ThreadTeam?
  let threads: Int
  /// Whether parameters change between passes.
  let trains: Bool
  /// In training the panels that matrices share, by name.
  private var shared: [String: WeightPanels<S>] = [:]
  /// Memory for sums over all steps on the tile path.
  private let scratch: PlannedBuffer<S>

  init(_ shape: EngineShape<S>, team: ThreadTeam?, plan: MemoryPlan) {
    (kernels, path, threads, trains) = (shape.kernels, shape.path, shape.threads, shape.trains)
    self.team = team
    scratch = plan.buffer("scratch memory of weight gradients")
    // OpenBLAS reserves a buffer for every thread that runs a product.
    if path == .plain { plan.addAddresses(Double(threads) * OpenBLAS.bufferAddresses) }
  }

  /// Adds panels of `count` elements to the plan: in training the matrices of a name share them and have turns, since
  /// all weights change at every step; elsewhere each matrix has its own and is packed once.
  func panels(_ name: String, count: Double, _ plan: MemoryPlan) -> WeightPanels<S> {
    guard trains else { return WeightPanels(plan.buffer("packed \(name)") { _ in count }) }
    let panels = shared[name] ?? WeightPanels(plan.buffer("packed \(name)"))
    shared[name] = panels
    panels.share { _ in count }
    return panels
  }

  /// Adds a matrix of weights and its packed form to the plan.
  ///
  /// - Parameter use: the name of the panels, which differs for matrices that are needed at the same time.
  func matrix(
    at place: Int, inputs: Int, outputs: Int, use: String = "weights", plan: MemoryPlan
  ) -> WeightMatrix<S> {
    let (forward, back) = (
      Double(kernels.factorCount(columns: outputs, depth: inputs)),
      Double(kernels.factorCount(columns: inputs, depth: outputs))
    )
    return WeightMatrix(
      place: place, inputs: inputs, outputs: outputs, products: self,
      panels: path == .tile ? panels(use, count: trains ? max(forward, back) : forward, plan) : nil)
  }

  /// Adds scratch memory for sums over all rows with so many columns, in training.
  func planSums(columns: Int) {
    guard trains, path == .tile else { return }
    let (cut, packed) = (WeightGradientCut<S>(columns: columns, threads: threads), kernels)
    _ = scratch.share { Double(cut.scratchCount(rows: Int(min(max($0.rows, $0.sequences), 1e9)), kernels: packed)) }
  }

  func run(_ job: some TeamJob, tasks: Int) { team.run(job, tasks: tasks) }

  /// Computes output = x·W + b, or adds x·W to it; tokens take a row of W.
  func multiply(
    _ x: StageInput<S>, _ weights: WeightMatrix<S>, _ parameters: ParameterVector<S>,
    start: AffineProduct<S>.Start, into output: MatrixView<S>
  ) {
    let input: AffineProduct<S>.Input =
      switch x {
      case .tokens(let tokens): .tokens(tokens, weights.matrix(in: parameters.values))
      case .rows(let x): .dense(x, weights.forward(parameters))
      case .none: preconditionFailure("the input is not loaded")
      }
    let job = AffineProduct(input: input, start: start, output: output, kernels: kernels)
    run(job, tasks: job.tasks)
  }

  /// Computes error = δ·Wᵀ, or adds it.
  func sendBelow(
    _ delta: MatrixView<S>, _ weights: RightFactor<S>, into error: MatrixView<S>, adding: Bool = false
  ) {
    let job = ErrorBelow(delta: delta, weights: weights, error: error, adding: adding)
    run(job, tasks: job.tasks)
  }

  /// Computes dW = xᵀ·δ and, if there is a bias, db = Σ δ, over all rows of δ.
  func sum(
    _ x: StageInput<S>, _ delta: MatrixView<S>, into gradient: MatrixView<S>, bias: VectorView<S>? = nil
  ) {
    if path == .tile, case .rows(let x) = x {
      return sumByTile(input: nil, recurrent: .init(left: x, gradient: gradient), delta, bias: bias)
    }
    let job = WeightGradients(input: x, delta: delta, weights: gradient, bias: bias, kernels: kernels)
    run(job, tasks: job.tasks)
  }

  /// Computes dW, dR and db of a layer by the tile, in one pass over δ.
  func sumByTile(
    input: PackedWeightGradients<S>.Factor?, recurrent: PackedWeightGradients<S>.Factor, _ delta: MatrixView<S>,
    bias: VectorView<S>?
  ) {
    let job = PackedWeightGradients(
      input: input, recurrent: recurrent, delta: delta, bias: bias, scratch: scratch.vector, kernels: kernels,
      threads: threads)
    run(job, tasks: job.tasks)
  }

  /// Computes Σ a ∘ b over all rows, column by column; Σ a without b.
  func sumColumns(_ a: MatrixView<S>, times b: MatrixView<S>? = nil, into sums: VectorView<S>) {
    let job = ColumnSums(a: a, b: b, sums: sums, kernels: kernels)
    run(job, tasks: job.tasks)
  }
}

/// A matrix of weights W `[inputs, outputs]` among the parameters, as the right factor of products: W forward, Wᵀ back.
///
/// On the tile path it is packed. While the parameters do not change, each matrix has panels of its own and is packed
/// once. In training they change at every step, and all matrices of a use share panels.
final class WeightMatrix<S: Scalar> {
  let inputs: Int
  let outputs: Int
  /// The position of the first weight among the parameters.
  let place: Int
  private let products: Products<S>
  /// nil on the plain path.
  private let panels: WeightPanels<S>?

  init(
    place: Int, inputs: Int, outputs: Int, products: Products<S>, panels: WeightPanels<S>?
  ) {
    (self.place, self.inputs, self.outputs, self.products) = (place, inputs, outputs, products)
    self.panels = panels
  }

  /// W among the parameters, or dW among their gradients.
  func matrix(in vector: VectorView<S>) -> MatrixView<S> {
    vector.matrix(at: place, rows: inputs, columns: outputs)
  }

  /// W, or a copy of it.
  func forward(_ parameters: ParameterVector<S>, copy: MatrixView<S>? = nil) -> RightFactor<S> {
    let content =
      products.trains
      ? nil
      : parameters.version.map {
        WeightPanels<S>.Content(place: place, version: $0, inputs: 0)
      }
    return factor(copy ?? matrix(in: parameters.values), isTransposed: false, as: content)
  }

  /// Wᵀ, or that of a copy.
  func transposed(_ parameters: ParameterVector<S>, copy: MatrixView<S>? = nil) -> RightFactor<S> {
    factor(copy ?? matrix(in: parameters.values), isTransposed: true, as: nil)
  }

  private func factor(
    _ matrix: MatrixView<S>, isTransposed: Bool, as content: WeightPanels<S>.Content?
  ) -> RightFactor<S> {
    guard let panels else { return RightFactor(matrix, isTransposed: isTransposed) }
    return panels.pack(
      matrix, isTransposed: isTransposed, as: content, kernels: products.kernels, team: products.team)
  }
}

/// Memory for packed weights, with a record of its content.
final class WeightPanels<S: Scalar> {
  /// The identity of a packed matrix.
  struct Content: Equatable {
    /// The position of its weights among the parameters, which distinguishes matrices.
    let place: Int
    let version: ParameterVersion
    /// I, or 0 if no product needs W.
    let inputs: Int
  }

  private let buffer: PlannedBuffer<S>
  /// nil if the present content is not used again.
  var content: Content?

  init(_ buffer: PlannedBuffer<S>) { self.buffer = buffer }

  /// Lets another matrix have the memory, at other times.
  func share(_ count: @escaping MemoryPlan.Count) { _ = buffer.share(count) }

  /// The packed weights.
  var packed: VectorView<S> { buffer.vector }

  /// Packs B, or Bᵀ if `isTransposed`, unless it is the present content.
  func pack(
    _ matrix: MatrixView<S>, isTransposed: Bool, as content: Content?, kernels: Kernels<S>, team: ThreadTeam?
  ) -> RightFactor<S> {
    let (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    if content == nil || self.content != content {
      let packing = FactorPacking(
        columns: columns, depth: depth, first: 0, end: columns, transposed: isTransposed, b: matrix.base,
        packed: packed.base)
      let parts = team?.threads ?? 1
      team.run(FactorJob(packing: packing, parts: parts, kernels: kernels), tasks: parts)
      self.content = content
    }
    return RightFactor(packed: packed, depth: depth, columns: columns, kernels: kernels)
  }

  /// The job that packs the columns of B, with one task for each part.
  private struct FactorJob: TeamJob, @unchecked Sendable {
    let packing: FactorPacking
    let parts: Int
    let kernels: Kernels<S>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      var part = packing
      let columns = kernels.part(task, of: parts, ofUnits: packing.columns)
      (part.first, part.end) = (columns.lowerBound, columns.upperBound)
      kernels.packFactor(part)
    }
  }
}

/// out = x·W + b over all rows of a window: the input part of all nets, or the readout; or out += x·W.
///
/// One task is `rowsPerTask` rows, whatever the number of threads. One-hot input takes a row of W instead of a product.
struct AffineProduct<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Enough rows that packing W again for every task costs little; few enough to share out.
  static var rowsPerTask: Int { 256 }

  let input: Input
  /// What x·W is added to.
  let start: Start
  /// `[rows, outputs]`
  let output: MatrixView<S>
  let kernels: Kernels<S>

  /// x and W `[inputs, outputs]`.
  enum Input {
    /// x `[rows, inputs]`.
    case dense(MatrixView<S>, RightFactor<S>)
    /// Tokens `[rows]`, each of which chooses a row of W.
    case tokens(VectorView<Int32>, MatrixView<S>)
  }

  /// What x·W is added to.
  enum Start {
    /// b `[outputs]`.
    case bias(VectorView<S>)
    /// Nothing.
    case zero
    /// What is there.
    case output
  }

  var tasks: Int { (output.rows + Self.rowsPerTask - 1) / Self.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * Self.rowsPerTask..<min(output.rows, (task + 1) * Self.rowsPerTask)
    for row in range {
      let out = output[row]
      switch start {
      case .bias(let bias): out.copy(from: bias)
      case .zero: out.fill(0)
      case .output: break
      }
      if case .tokens(let tokens, let weights) = input { kernels.add(weights[Int(tokens[row])], to: out) }
    }
    if case .dense(let x, let weights) = input {
      weights.multiply(x.rows(range), into: output.rows(range), adding: true)
    }
  }
}

/// e = δ·Wᵀ over all rows of a window: the error that a layer, or the readout, sends to what feeds it.
///
/// All four gates' blocks take part, the output gate's among them (Equations, Backward). One task is a block of rows.
struct ErrorBelow<S: Scalar>: TeamJob, @unchecked Sendable {
  /// `[rows, outputs]`
  let delta: MatrixView<S>
  /// Wᵀ `[outputs, inputs]`
  let weights: RightFactor<S>
  /// `[rows, inputs]`
  let error: MatrixView<S>
  /// Whether the product is added to what `error` holds.
  var adding = false

  /// By the tile enough rows that a panel of Wᵀ, once in the cache, serves many tiles; OpenBLAS packs Wᵀ for each task.
  private var rowsPerTask: Int { weights.isPacked ? 128 : AffineProduct<S>.rowsPerTask }

  var tasks: Int { (delta.rows + rowsPerTask - 1) / rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let range = task * rowsPerTask..<min(delta.rows, (task + 1) * rowsPerTask)
    weights.multiply(delta.rows(range), into: error.rows(range), adding: adding)
  }
}
