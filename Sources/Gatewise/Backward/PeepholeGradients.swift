/// dp_i = Σ δ^i ∘ c_{t-1}, dp_f = Σ δ^f ∘ c_{t-1}, dp_o = Σ δ^o ∘ c_t over all steps: i and f read the old cell state,
/// o reads the new one. One task is one gate.
struct PeepholeGradients<S: Scalar>: TeamJob {
  let packing: SequencePacking
  let hiddenSize: Int
  /// δ `[rows, 4H]`
  let delta: UnsafePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[3, H]`, overwritten.
  let peepholes: UnsafeMutablePointer<S>
  let multiplyAdd: @Sendable (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void

  static var tasks: Int { 3 }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let H = hiddenSize
    // Rows of the peepholes are i, f, o; blocks of δ are i, f, g, o.
    let (block, lag) = task == 2 ? (3, 0) : (task, 1)
    let dp = peepholes + task * H
    dp.update(repeating: 0, count: H)
    for t in 0..<packing.steps {
      let c = cells + packing.stateRow(before: t + 1 - lag) * H
      for n in 0..<packing.active[t] {
        multiplyAdd(H, delta + (packing.offset[t] + n) * 4 * H + block * H, c + n * H, dp)
      }
    }
  }
}
