/// dp = Σ δ ∘ c over all steps, a row for every gate of a layer: i and f read c_{t-1}, o reads c_t; a gate's δ belongs
/// to all cells of its block. One task is one gate.
struct PeepholeGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let columns: GateColumns
  /// δ `[rows, C]`
  let delta: UnsafePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: what o saw, where that is not what was remembered.
  let newCells: UnsafePointer<S>?
  /// `[gates, H]`, overwritten.
  let peepholes: UnsafeMutablePointer<S>
  let multiplyAdd: @Sendable (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void

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
      let remembered = cells + packing.stateRow(before: isOutput ? t + 1 : t) * H
      let c = isOutput ? newCells.map { $0 + packing.offset[t] * H } ?? remembered : remembered
      for n in 0..<packing.active[t] {
        add(delta + (packing.offset[t] + n) * C + gate, c + n * H, to: dp)
      }
    }
  }

  private func add(_ delta: UnsafePointer<S>, _ c: UnsafePointer<S>, to dp: UnsafeMutablePointer<S>) {
    let size = columns.cellsPerBlock
    if size == 1 { return multiplyAdd(columns.cells, delta, c, dp) }
    for k in 0..<columns.cells { dp[k] += delta[k / size] * c[k] }
  }
}
