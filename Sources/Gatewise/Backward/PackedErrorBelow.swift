/// e = δ·Wᵀ over all rows of a window by the tile, with Wᵀ packed: the error that a layer sends to what feeds it.
///
/// All four gates' blocks take part, the output gate's among them (Equations, Backward). One task is a block of rows.
struct PackedErrorBelow<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Enough rows that a panel of Wᵀ, once in the cache, serves many tiles.
  private static var rowsPerTask: Int { 128 }

  let rows: Int
  let inputSize: Int
  /// 4H
  let columns: Int
  /// `[rows, 4H]`
  let delta: UnsafePointer<S>
  let packed: UnsafePointer<S>
  /// `[rows, I]`
  let error: UnsafeMutablePointer<S>
  let kernels: PackedKernels<S>

  var tasks: Int { (rows + Self.rowsPerTask - 1) / Self.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.rowsPerTask
    kernels.propagate(
      Propagation(
        rows: min(rows - first, Self.rowsPerTask), units: inputSize, depth: columns, part: 0..<inputSize,
        delta: delta + first * columns, packed: packed, error: error + first * inputSize, adds: false))
  }
}
