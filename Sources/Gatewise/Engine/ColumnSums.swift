/// Σ a ∘ b over all rows, column by column; Σ a where there is no b. One task is a block of columns.
struct ColumnSums<S: Scalar>: TeamJob, @unchecked Sendable {
  /// `[rows, width]`
  let a: MatrixView<S>
  let b: MatrixView<S>?
  /// `[width]`, overwritten.
  let sums: VectorView<S>
  let kernels: Kernels<S>

  var tasks: Int { (a.columns + WeightGradients<S>.columnsPerTask - 1) / WeightGradients<S>.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * WeightGradients<S>.columnsPerTask
    let columns = first..<min(a.columns, first + WeightGradients<S>.columnsPerTask)
    let (a, b, sums) = (a.columns(columns), b?.columns(columns), sums[columns])
    sums.fill(0)
    for row in 0..<a.rows {
      if let b { kernels.multiplyAdd(a[row], b[row], to: sums) } else { kernels.add(a[row], to: sums) }
    }
  }
}
