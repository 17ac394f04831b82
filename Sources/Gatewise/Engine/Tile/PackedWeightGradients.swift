/// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ and db = Σ δ over all rows of a window, by the tile: one pass over δ for all three, or
/// for what is asked of them.
///
/// One task is a block of columns; every sum over rows runs in one fixed order, whatever the blocks.
struct PackedWeightGradients<S: Scalar>: TeamJob, @unchecked Sendable {
  /// One of the two left factors and the destination of its gradient.
  struct Factor {
    /// `[rows, width]`
    let left: MatrixView<S>
    /// `[width, columns]`
    let gradient: MatrixView<S>
  }

  /// How the columns of δ, 4H of a layer, are shared out.
  private let cut: WeightGradientCut<S>
  /// x with dW; nil where tokens take its place.
  let input: Factor?
  /// y_{t-1} with dR, or any other.
  let recurrent: Factor
  /// `[rows, 4H]`
  let delta: MatrixView<S>
  /// `[4H]`, overwritten; nil where it is another job's.
  let bias: VectorView<S>?
  /// `WeightGradientCut.scratchCount` elements, of which every task has a part.
  let scratch: VectorView<S>
  let kernels: Kernels<S>

  init(
    input: Factor?, recurrent: Factor, delta: MatrixView<S>, bias: VectorView<S>?, scratch: VectorView<S>,
    kernels: Kernels<S>, threads: Int
  ) {
    (self.input, self.recurrent, self.delta, self.bias) = (input, recurrent, delta, bias)
    (self.scratch, self.kernels) = (scratch, kernels)
    cut = WeightGradientCut(columns: delta.columns, threads: threads)
  }

  var tasks: Int { cut.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (part, rows) = (cut.part(task), delta.rows)
    kernels.weightGradient(
      WeightGradient(
        rows: rows, columns: cut.columns, first: part.lowerBound, end: part.upperBound,
        left: (input.map { UnsafeRawPointer($0.left.base) }, UnsafeRawPointer(recurrent.left.base)),
        width: (input?.left.columns ?? 0, recurrent.left.columns), delta: delta.base,
        gradient: (
          input.map { UnsafeMutableRawPointer($0.gradient.base) }, UnsafeMutableRawPointer(recurrent.gradient.base)
        ),
        bias: bias?.base, scratch: scratch.from(task * cut.scratchPerTask(rows: rows, kernels: kernels)).base))
  }
}
