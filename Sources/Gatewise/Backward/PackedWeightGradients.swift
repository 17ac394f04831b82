/// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ and db = Σ δ over all rows of a window, by the tile: one pass over δ for all three, or
/// for what is asked of them.
///
/// One task is a block of columns; every sum over rows runs in one fixed order, whatever the blocks.
struct PackedWeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// The most columns of a task: copies of x and y are made once for each.
  private static var mostColumns: Int { 2048 / MemoryLayout<S>.stride }
  /// Columns come in whole panels of the widest set.
  private static var panel: Int { 256 / MemoryLayout<S>.stride }

  let rows: Int
  /// 4H
  let columns: Int
  /// x with dW; nil where tokens take its place.
  let input: WeightGradient<S>.Factor?
  /// y_{t-1} with dR, or any other.
  let recurrent: WeightGradient<S>.Factor
  /// `[rows, 4H]`
  let delta: UnsafePointer<S>
  /// `[4H]`, overwritten; nil where it is another job's.
  let bias: UnsafeMutablePointer<S>?
  /// `scratchCount` elements, of which every task has a part.
  let scratch: UnsafeMutablePointer<S>
  let kernels: PackedKernels<S>
  private let columnsPerTask: Int

  init(
    rows: Int, columns: Int, input: WeightGradient<S>.Factor?, recurrent: WeightGradient<S>.Factor,
    delta: UnsafePointer<S>, bias: UnsafeMutablePointer<S>?, scratch: UnsafeMutablePointer<S>,
    kernels: PackedKernels<S>, threads: Int
  ) {
    (self.rows, self.columns, self.input, self.recurrent) = (rows, columns, input, recurrent)
    (self.delta, self.bias, self.scratch, self.kernels) = (delta, bias, scratch, kernels)
    columnsPerTask = Self.columnsPerTask(of: columns, threads: threads)
  }

  private static func columnsPerTask(of columns: Int, threads: Int) -> Int {
    let panels = (columns + panel - 1) / panel
    return min(mostColumns, max(1, (panels + threads - 1) / threads) * panel)
  }

  /// Elements of scratch for sums of so many columns.
  static func scratchCount(rows: Int, columns: Int, threads: Int, kernels: PackedKernels<S>) -> Int {
    let columnsPerTask = columnsPerTask(of: columns, threads: threads)
    return (columns + columnsPerTask - 1) / columnsPerTask * kernels.weightGradientScratch(rows, columnsPerTask)
  }

  var tasks: Int { (columns + columnsPerTask - 1) / columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * columnsPerTask
    kernels.weightGradient(
      WeightGradient(
        rows: rows, columns: columns, part: first..<min(columns, first + columnsPerTask), input: input,
        recurrent: recurrent, delta: delta, bias: bias,
        scratch: scratch + task * kernels.weightGradientScratch(rows, columnsPerTask)))
  }
}
