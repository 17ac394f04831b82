/// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ and db = Σ δ over all rows of a window, by the tile: one pass over δ for all three, or
/// for what is asked of them.
///
/// One task is a block of columns; every sum over rows runs in one fixed order, whatever the blocks.
struct PackedWeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// One of the two left factors and the destination of its gradient.
  struct Factor {
    /// `[rows, width]`
    let left: UnsafePointer<S>
    let width: Int
    /// `[width, columns]`
    let gradient: UnsafeMutablePointer<S>
  }

  let rows: Int
  /// How the columns of δ, 4H of a layer, are shared out.
  private let cut: WeightGradientCut<S>
  /// x with dW; nil where tokens take its place.
  let input: Factor?
  /// y_{t-1} with dR, or any other.
  let recurrent: Factor
  /// `[rows, 4H]`
  let delta: UnsafePointer<S>
  /// `[4H]`, overwritten; nil where it is another job's.
  let bias: UnsafeMutablePointer<S>?
  /// `WeightGradientCut.scratchCount` elements, of which every task has a part.
  let scratch: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  init(
    rows: Int, columns: Int, input: Factor?, recurrent: Factor,
    delta: UnsafePointer<S>, bias: UnsafeMutablePointer<S>?, scratch: UnsafeMutablePointer<S>,
    kernels: Kernels<S>, threads: Int
  ) {
    (self.rows, self.input, self.recurrent) = (rows, input, recurrent)
    (self.delta, self.bias, self.scratch, self.kernels) = (delta, bias, scratch, kernels)
    cut = WeightGradientCut(columns: columns, threads: threads)
  }

  var tasks: Int { cut.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let part = cut.part(task)
    kernels.weightGradient(
      WeightGradient(
        rows: rows, columns: cut.columns, first: part.lowerBound, end: part.upperBound,
        left: (input.map { UnsafeRawPointer($0.left) }, UnsafeRawPointer(recurrent.left)),
        width: (input?.width ?? 0, recurrent.width), delta: delta,
        gradient: (input.map { UnsafeMutableRawPointer($0.gradient) }, UnsafeMutableRawPointer(recurrent.gradient)),
        bias: bias, scratch: scratch + task * cut.scratchPerTask(rows: rows, kernels: kernels)))
  }
}
