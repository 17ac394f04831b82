/// The gate deltas of every step as if it were the only one: of the error e_t alone, without what the cell state would
/// carry back from later steps. They are what R1 sends below. One task is a step.
struct CurrentDeltas<S: Scalar>: TeamJob {
  let packing: SequencePacking
  let hiddenSize: Int
  let peepholes: Peepholes<S>
  /// `[rows, 4H]`: activations.
  let gates: UnsafePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: e_t.
  let error: UnsafePointer<S>
  /// `[rows, 4H]`: out.
  let delta: UnsafeMutablePointer<S>
  /// `[rows, H]`: dc, which nobody wants.
  let cellError: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { packing.steps }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (H, row, count) = (hiddenSize, packing.offset[task], packing.active[task])
    (cellError + row * H).update(repeating: 0, count: count * H)
    kernels.backwardStep(
      BackwardStep(
        rows: count, hidden: H, units: 0..<H, gates: gates + row * 4 * H, delta: delta + row * 4 * H,
        cPrevious: cells + packing.stateRow(before: task) * H, c: cells + packing.stateRow(before: task + 1) * H,
        dh: error + row * H, dc: cellError + row * H, peepholes: peepholes))
  }
}
