/// Whether a factor of a product is taken as it lies in memory or transposed.
enum Orientation {
  case asStored
  case transposed
}

/// C ← op(A)·op(B) + β·C by OpenBLAS; a single row goes to gemv.
///
/// The product plan's only way to OpenBLAS. The shapes are read off the views.
func multiply<S: Scalar>(
  _ a: MatrixView<S>, _ aOrientation: Orientation = .asStored, _ b: MatrixView<S>,
  _ bOrientation: Orientation = .asStored, into c: MatrixView<S>, adding: Bool
) {
  let aTransposed = aOrientation == .transposed
  let bTransposed = bOrientation == .transposed
  let depth = aTransposed ? a.rows : a.columns
  assert((aTransposed ? a.columns : a.rows) == c.rows, "rows of the product disagree")
  assert((bTransposed ? b.rows : b.columns) == c.columns, "columns of the product disagree")
  assert((bTransposed ? b.columns : b.rows) == depth, "depths of the factors disagree")
  guard c.rows > 0, c.columns > 0 else { return }
  if depth == 0 {
    if !adding { clear(c) }
  } else if c.rows == 1, !aTransposed {
    // One row: yᵀ = op(B)ᵀ·xᵀ.
    S._gemv(
      transposed: !bTransposed, rows: b.rows, columns: b.columns, b.base, stride: b.stride, a.base,
      beta: adding ? 1 : 0, c.base)
  } else {
    S._gemm(
      _Product(
        rows: c.rows, columns: c.columns, depth: depth, a: a.base, aStride: a.stride, aTransposed: aTransposed,
        b: b.base, bStride: b.stride, bTransposed: bTransposed, beta: adding ? 1 : 0, c: c.base, cStride: c.stride))
  }
}

/// Sets every element of a view to zero.
func clear<S: Scalar>(_ c: MatrixView<S>) {
  for row in 0..<c.rows { (c.base + row * c.stride).update(repeating: 0, count: c.columns) }
}
