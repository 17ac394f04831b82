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

  /// Computes output = x·W + b, or adds x·W to it, for `rows` rows; tokens take a row of W.
  func multiply(
    _ x: StageInput<S>, _ weights: WeightMatrix<S>, _ parameters: ParameterVector<S>, rows: Int,
    start: AffineProduct<S>.Start, into output: UnsafeMutablePointer<S>
  ) {
    let input: AffineProduct<S>.Input =
      switch x {
      case .tokens(let tokens): .tokens(tokens, parameters + weights.place)
      case .rows(let x): .dense(x, weights.forward(parameters))
      case .none: preconditionFailure("the input is not loaded")
      }
    let job = AffineProduct(
      rows: rows, outputSize: weights.outputs, input: input, start: start, output: output, kernels: kernels)
    run(job, tasks: job.tasks)
  }

  /// Computes error = δ·Wᵀ, or adds it, for `rows` rows.
  func sendBelow(
    _ delta: UnsafePointer<S>, _ weights: RightFactor<S>, rows: Int, into error: UnsafeMutablePointer<S>,
    adding: Bool = false
  ) {
    let job = ErrorBelow(rows: rows, delta: delta, weights: weights, error: error, adding: adding)
    run(job, tasks: job.tasks)
  }

  /// Computes dW = xᵀ·δ and, if there is a bias, db = Σ δ, over `rows` rows.
  func sum(
    _ x: StageInput<S>, width: Int, _ delta: UnsafePointer<S>, columns: Int, rows: Int,
    into gradient: UnsafeMutablePointer<S>, bias: UnsafeMutablePointer<S>? = nil
  ) {
    if path == .tile, case .rows(let x) = x {
      return sumByTile(
        input: nil, recurrent: .init(left: x, width: width, gradient: gradient), delta, columns: columns, rows: rows,
        bias: bias)
    }
    let job = WeightGradients(
      rows: rows, inputSize: width, outputSize: columns, input: x, delta: delta, weights: gradient, bias: bias,
      kernels: kernels)
    run(job, tasks: job.tasks)
  }

  /// Computes dW, dR and db of a layer by the tile, in one pass over δ.
  func sumByTile(
    input: PackedWeightGradients<S>.Factor?, recurrent: PackedWeightGradients<S>.Factor, _ delta: UnsafePointer<S>,
    columns: Int,
    rows: Int, bias: UnsafeMutablePointer<S>?
  ) {
    let job = PackedWeightGradients(
      rows: rows, columns: columns, input: input, recurrent: recurrent, delta: delta, bias: bias, scratch: scratch.base,
      kernels: kernels, threads: threads)
    run(job, tasks: job.tasks)
  }

  /// Computes Σ a ∘ b over `rows` rows, column by column; Σ a without b.
  func sumColumns(
    _ a: UnsafePointer<S>, times b: UnsafePointer<S>? = nil, width: Int, rows: Int, into sums: UnsafeMutablePointer<S>
  ) {
    let job = ColumnSums(rows: rows, width: width, a: a, b: b, sums: sums, kernels: kernels)
    run(job, tasks: job.tasks)
  }
}
