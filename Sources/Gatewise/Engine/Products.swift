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
