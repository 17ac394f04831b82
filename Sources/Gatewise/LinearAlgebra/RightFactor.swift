/// The right factor B `[depth, columns]` of matrix products in the form that a path needs: packed for the tile path,
/// unchanged for OpenBLAS.
///
/// On the tile path every element of a product is one chain over the depth: its bits depend only on its row of A and
/// its column of B. A packed B serves any number of products, on several threads at once.
struct RightFactor<S: Scalar> {
  /// The number of terms of every sum.
  let depth: Int
  /// The number of columns of B, and of every product with it.
  let columns: Int
  private let content: Content

  private enum Content {
    case packed(UnsafePointer<S>, Kernels<S>)
    /// B, or Bᵀ if it is transposed.
    case matrix(MatrixView<S>, isTransposed: Bool)
  }

  /// Makes a factor for OpenBLAS from B, or from Bᵀ `[columns, depth]` if `isTransposed`.
  init(_ matrix: MatrixView<S>, isTransposed: Bool) {
    (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    content = .matrix(matrix, isTransposed: isTransposed)
  }

  /// Makes a factor from the memory that `packFactor` filled.
  init(packed: UnsafePointer<S>, depth: Int, columns: Int, kernels: Kernels<S>) {
    (self.depth, self.columns) = (depth, columns)
    content = .packed(packed, kernels)
  }

  /// Whether products take the tile path.
  var isPacked: Bool { if case .packed = content { true } else { false } }

  /// Computes C ← A·B, or C ← C + A·B if `adding`.
  ///
  /// - Parameters:
  ///   - a: A `[rows, depth]`, or Aᵀ `[depth, rows]` if `transposingA`.
  ///   - c: C `[rows, columns]`, its rows contiguous.
  ///   - part: the columns to compute, one part of `Kernels.part`, on the tile path only; nil computes all.
  func multiply(
    _ a: MatrixView<S>, transposingA: Bool = false, into c: MatrixView<S>, part: Range<Int>? = nil, adding: Bool
  ) {
    assert(c.columns == columns && (transposingA ? a.columns : a.rows) == c.rows, "rows or columns disagree")
    assert((transposingA ? a.rows : a.columns) == depth, "depths of the factors disagree")
    switch content {
    case .matrix(let b, let isTransposed):
      assert(
        part == nil && !(transposingA && isTransposed),
        "OpenBLAS computes all columns and transposes one factor at most")
      Gatewise.multiply(
        a, b, transposing: transposingA ? .left : isTransposed ? .right : .none, into: c, adding: adding)
    case .packed(let packed, let kernels):
      assert(c.stride == columns || c.rows <= 1, "the rows of C must be contiguous")
      let part = part ?? 0..<columns
      kernels.product(
        PackedProduct(
          rows: c.rows, columns: columns, depth: depth, first: part.lowerBound, end: part.upperBound, a: a.base,
          a_row_stride: transposingA ? 1 : a.stride, a_step: transposingA ? a.stride : 1, packed: packed, c: c.base,
          adds: adding))
    }
  }
}
