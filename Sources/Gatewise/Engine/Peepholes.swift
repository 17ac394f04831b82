// Peephole connections of a layer: the weights as kernels take them, the paths that a rule leaves open, and their
// gradients. The arithmetic itself is that of the gate kernels and, for other cells, of `BlockCell`.

extension Peepholes {
  /// The rows i, f and o of the default cell's peepholes; none if the layer has none.
  init(_ layer: LayerParameters, _ parameters: ParameterVector<S>) {
    guard let peepholes = layer.peepholes else { return }
    let p = parameters + peepholes
    (i, f, o) = (p, p + layer.hiddenSize, p + 2 * layer.hiddenSize)
  }
}

/// The peepholes of a direction as the error sees them on the way back.
struct OpenPeepholes<S: Scalar> {
  private let layer: LayerParameters
  /// `[H]` zeros, for peepholes through which no error passes.
  private let zeros: PlannedBuffer<S>

  init(_ layer: LayerParameters, trains: Bool, plan: MemoryPlan) {
    self.layer = layer
    let H = Double(layer.hiddenSize)
    let isNeeded = trains && layer.peepholes != nil
    zeros = plan.shared("zeros in place of peepholes") { _ in isNeeded ? H : 0 }
  }

  /// The weights along the open paths.
  func weights(_ parameters: ParameterVector<S>, _ paths: PeepholePaths) -> Peepholes<S> {
    let all = Peepholes(layer, parameters)
    guard layer.peepholes != nil else { return all }
    switch paths {
    case .attached: return all
    case .detached: return Peepholes()
    case .outputAttached: return Peepholes(i: zeros.base, f: zeros.base, o: all.o)
    }
  }
}

/// The job that computes dp = Σ δ ∘ c over all steps, with a row for every gate of a layer: i and f read c_{t-1}, o
/// reads c_t; the δ of a gate belongs to all cells of its block. One task is one gate.
struct PeepholeGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let columns: GateColumns
  /// δ `[rows, C]`
  let delta: UnsafePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: c_t as o read it, if that is not the stored c_t.
  let newCells: UnsafePointer<S>?
  /// `[gates, H]`, overwritten.
  let peepholes: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { columns.gateKinds }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (H, C) = (columns.cells, columns.count)
    let isOutput = task == columns.gateKinds - 1
    let gate = isOutput ? columns.output : task * columns.blocks
    let dp = peepholes + task * H
    dp.update(repeating: 0, count: H)
    for t in 0..<packing.steps {
      let stored = cells + packing.stateRow(before: isOutput ? t + 1 : t) * H
      let c = isOutput ? newCells.map { $0 + packing.offset[t] * H } ?? stored : stored
      for n in 0..<packing.active[t] {
        add(delta + (packing.offset[t] + n) * C + gate, c + n * H, to: dp)
      }
    }
  }

  private func add(_ delta: UnsafePointer<S>, _ c: UnsafePointer<S>, to dp: UnsafeMutablePointer<S>) {
    let size = columns.cellsPerBlock
    if size == 1 { return kernels.multiplyAdd(columns.cells, delta, c, dp) }
    for k in 0..<columns.cells { dp[k] += delta[k / size] * c[k] }
  }
}
