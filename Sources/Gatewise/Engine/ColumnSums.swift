/// Σ a ∘ b over all rows, column by column; Σ a where there is no b. One task is a block of columns.
struct ColumnSums<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let width: Int
  /// `[rows, width]`
  let a: UnsafePointer<S>
  let b: UnsafePointer<S>?
  /// `[width]`, overwritten.
  let sums: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { (width + WeightGradients<S>.columnsPerTask - 1) / WeightGradients<S>.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * WeightGradients<S>.columnsPerTask
    let count = min(width - first, WeightGradients<S>.columnsPerTask)
    (sums + first).update(repeating: 0, count: count)
    for row in 0..<rows {
      let a = a + row * width + first
      if let b {
        kernels.multiplyAdd(count, a, b + row * width + first, sums + first)
      } else {
        kernels.add(count, a, sums + first)
      }
    }
  }
}
