/// The factor of a product that is transposed.
enum Transposition {
  case none
  case left
  case right
}

/// Computes C ← A·B, or C ← A·B + C if `adding`, with OpenBLAS, with A or B transposed; a single row uses gemv.
///
/// The only call of OpenBLAS's products in the engine. The shapes are those of the views.
func multiply<S: Scalar>(
  _ a: MatrixView<S>, _ b: MatrixView<S>, transposing: Transposition = .none, into c: MatrixView<S>, adding: Bool
) {
  let aTransposed = transposing == .left
  let bTransposed = transposing == .right
  let depth = aTransposed ? a.rows : a.columns
  assert((aTransposed ? a.columns : a.rows) == c.rows, "rows of the product disagree")
  assert((bTransposed ? b.rows : b.columns) == c.columns, "columns of the product disagree")
  assert((bTransposed ? b.columns : b.rows) == depth, "depths of the factors disagree")
  guard c.rows > 0, c.columns > 0 else { return }
  if depth == 0 {
    if !adding { c.fill(0) }
  } else if c.rows == 1, !aTransposed {
    // One row: yᵀ = op(B)ᵀ·xᵀ.
    S._routines.gemv(
      VectorProduct(
        rows: b.rows, columns: b.columns, a: b.base, aStride: b.stride, aTransposed: !bTransposed, x: a.base,
        beta: adding ? 1 : 0, y: c.base))
  } else {
    S._routines.gemm(
      MatrixProduct(
        rows: c.rows, columns: c.columns, depth: depth, a: a.base, aStride: a.stride, aTransposed: aTransposed,
        b: b.base, bStride: b.stride, bTransposed: bTransposed, beta: adding ? 1 : 0, c: c.base, cStride: c.stride))
  }
}
