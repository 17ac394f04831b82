/// The peephole connections of a direction: the weights as kernels take them, and the paths that a rule leaves open.
/// The arithmetic itself is that of the gate kernels and, for other cells, of `BlockCell`.
struct PeepholeWeights<S: Scalar> {
  private let layer: LayerParameters
  private let place: Int
  /// `[H]` zeros, for peepholes through which no error passes.
  private let zeros: PlannedBuffer<S>

  /// Makes the memory; nil if the layer has no peepholes.
  init?(_ layer: LayerParameters, trains: Bool, plan: MemoryPlan) {
    guard let place = layer.peepholes else { return nil }
    (self.layer, self.place) = (layer, place)
    let H = Double(layer.hiddenSize)
    zeros = plan.shared("zeros in place of peepholes") { _ in trains ? H : 0 }
  }

  /// The rows i, f and o of the default cell's peepholes.
  func all(_ parameters: ParameterVector<S>) -> Peepholes<S> {
    let p = parameters.matrix(at: place, rows: 3, columns: layer.hiddenSize)
    return Peepholes(i: p[0], f: p[1], o: p[2])
  }

  /// The weights along the open paths, on the way back.
  func open(_ parameters: ParameterVector<S>, _ paths: PeepholePaths) -> Peepholes<S> {
    switch paths {
    case .attached: all(parameters)
    case .detached: Peepholes()
    case .outputAttached: Peepholes(i: zeros.vector, f: zeros.vector, o: all(parameters).o)
    }
  }
}

/// The job that computes dp = Σ δ ∘ c over all steps, with a row for every gate of a layer: i and f read c_{t-1}, o
/// reads c_t; the δ of a gate belongs to all cells of its block. One task is one gate.
struct PeepholeGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let columns: GateColumns
  /// δ `[rows, C]`
  let delta: MatrixView<S>
  /// `[N + rows, H]`
  let cells: MatrixView<S>
  /// `[rows, H]`: c_t as o read it, if that is not the stored c_t.
  let newCells: MatrixView<S>?
  /// `[gates, H]`, overwritten.
  let peepholes: MatrixView<S>
  let kernels: Kernels<S>

  var tasks: Int { columns.gateKinds }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let isOutput = task == columns.gateKinds - 1
    let gate = isOutput ? columns.output : task * columns.blocks
    let (delta, dp) = (delta.columns(gate..<gate + columns.blocks), peepholes[task])
    dp.fill(0)
    for t in 0..<packing.steps {
      let row = packing.offset[t]
      let stored = cells.from(packing.stateRow(before: isOutput ? t + 1 : t))
      let c = isOutput ? newCells?.from(row) ?? stored : stored
      for n in 0..<packing.active[t] { add(delta[row + n], c[n], to: dp) }
    }
  }

  private func add(_ delta: VectorView<S>, _ c: VectorView<S>, to dp: VectorView<S>) {
    let size = columns.cellsPerBlock
    if size == 1 { return kernels.multiplyAdd(delta, c, to: dp) }
    for k in 0..<columns.cells { dp[k] += delta[k / size] * c[k] }
  }
}
