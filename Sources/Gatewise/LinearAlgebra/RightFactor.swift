/// The right factor B `[depth, columns]` of matrix products, as one path needs it: packed for the tile, or as it lies for
/// OpenBLAS.
///
/// By the tile every element of a product is one chain over the depth: its bits depend on its own row of A and its own
/// column of B alone. Packed once, B serves any number of products, on several threads at once.
struct RightFactor<S: Scalar> {
  /// The terms of every sum.
  let depth: Int
  /// Columns of B, and of every product with it.
  let columns: Int
  private let content: Content

  private enum Content {
    case packed(UnsafePointer<S>, PackedKernels<S>)
    /// B, or Bᵀ where it is transposed.
    case matrix(MatrixView<S>, isTransposed: Bool)
  }

  /// For OpenBLAS: B, or Bᵀ `[columns, depth]` where `isTransposed`.
  init(_ matrix: MatrixView<S>, isTransposed: Bool) {
    (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    content = .matrix(matrix, isTransposed: isTransposed)
  }

  /// What `FactorPacking` has made.
  init(packed: UnsafePointer<S>, depth: Int, columns: Int, kernels: PackedKernels<S>) {
    (self.depth, self.columns) = (depth, columns)
    content = .packed(packed, kernels)
  }

  /// Whether products go by the tile.
  var isPacked: Bool { if case .packed = content { true } else { false } }

  /// C ← A·B, or is added to it.
  ///
  /// - Parameters:
  ///   - a: A `[rows, depth]`, or Aᵀ `[depth, rows]` where `transposingA`.
  ///   - c: C `[rows, columns]`, its rows one behind the other.
  ///   - part: the columns that are made, a part as `PackedKernels.part` cuts them; by the tile alone. nil: all.
  func multiply(
    _ a: MatrixView<S>, transposingA: Bool = false, into c: MatrixView<S>, part: Range<Int>? = nil, adding: Bool
  ) {
    assert(c.columns == columns && (transposingA ? a.columns : a.rows) == c.rows, "rows or columns disagree")
    assert((transposingA ? a.rows : a.columns) == depth, "depths of the factors disagree")
    switch content {
    case .matrix(let b, let isTransposed):
      assert(part == nil && !(transposingA && isTransposed), "OpenBLAS makes all columns, one factor transposed")
      Gatewise.multiply(
        a, b, transposing: transposingA ? .left : isTransposed ? .right : .none, into: c, adding: adding)
    case .packed(let packed, let kernels):
      assert(c.stride == columns || c.rows <= 1, "the rows of C must lie one behind the other")
      kernels.product(
        PackedProduct(
          rows: c.rows, columns: columns, depth: depth, part: part ?? 0..<columns, a: UnsafePointer(a.base),
          aRowStride: transposingA ? 1 : a.stride, aStep: transposingA ? a.stride : 1, packed: packed, c: c.base,
          adds: adding))
    }
  }
}

extension PackedKernels {
  /// Packs B, or Bᵀ where `isTransposed`, whole and on this thread.
  ///
  /// - Parameter memory: `factorCount(columns, depth)` elements.
  func pack(_ matrix: MatrixView<S>, isTransposed: Bool, into memory: UnsafeMutablePointer<S>) -> RightFactor<S> {
    assert(matrix.stride == matrix.columns || matrix.rows <= 1, "the rows of B must lie one behind the other")
    let (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    packFactor(
      FactorPacking(
        columns: columns, depth: depth, part: 0..<columns, isTransposed: isTransposed, b: matrix.base, packed: memory))
    return RightFactor(packed: memory, depth: depth, columns: columns, kernels: self)
  }
}
