/// Replaces a row-major `[rows, columns]` matrix by Q of its QR factorization, rows ≥ columns. The signs make the
/// diagonal of R positive, which makes Q unique.
///
/// The plain path uses LAPACK, whose bits depend on the processor that OpenBLAS detects; on the default path every
/// model must start from the same bits everywhere.
///
/// - Returns: false if the columns are linearly dependent, or LAPACK reports a failure.
func orthonormalize<S: Scalar>(_ a: MatrixView<S>, path: RecurrentPath) -> Bool {
  path == .plain
    ? orthonormalizeByLAPACK(a.elements.base, rows: a.rows, columns: a.columns)
    : orthonormalizeInTurn(a.elements, rows: a.rows, columns: a.columns)
}

/// Gram-Schmidt in Double with reorthogonalization: the components along the previous columns are subtracted twice,
/// since the first pass leaves rounding errors; a second pass suffices (Giraud, Langou & Rozložník 2005).
///
/// Cost: 4·rows·columns² multiply-adds, in one fixed order.
private func orthonormalizeInTurn<S: Scalar>(_ a: VectorView<S>, rows: Int, columns: Int) -> Bool {
  // Each column is stored in vectors of eight, padded with zeros.
  let lanes = (rows + 7) / 8
  var q = [SIMD8<Double>](repeating: .zero, count: columns * lanes)
  return q.withUnsafeMutableBufferPointer { q in
    for j in 0..<columns {
      let column = j * lanes
      for i in 0..<rows { q[column + i / 8][i % 8] = Double(a[i * columns + j]) }
      for _ in 0..<2 {
        for other in stride(from: 0, to: column, by: lanes) {
          let component = dot(q, other, column, lanes)
          for n in 0..<lanes { q[column + n] -= component * q[other + n] }
        }
      }
      let norm = dot(q, column, column, lanes).squareRoot()
      guard norm > 0, norm.isFinite else { return false }
      for n in 0..<lanes { q[column + n] /= norm }
      for i in 0..<rows { a[i * columns + j] = S(q[column + i / 8][i % 8]) }
    }
    return true
  }
}

/// Returns the dot product of the two columns that begin at `a` and `b`.
private func dot(_ q: UnsafeMutableBufferPointer<SIMD8<Double>>, _ a: Int, _ b: Int, _ lanes: Int) -> Double {
  var sums = SIMD8<Double>.zero
  for n in 0..<lanes { sums += q[a + n] * q[b + n] }
  return sums.sum()
}

private func orthonormalizeByLAPACK<S: Scalar>(_ a: UnsafeMutablePointer<S>, rows: Int, columns: Int) -> Bool {
  OpenBLAS.prepare()
  return withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * max(columns, 1)) { scratch in
    let (tau, signs) = (scratch.baseAddress!, scratch.baseAddress! + columns)
    guard S._routines.geqrf(a, rows, columns, tau) else { return false }
    for j in 0..<columns { signs[j] = a[j * columns + j] < 0 ? -1 : 1 }
    guard S._routines.orgqr(a, rows, columns, tau) else { return false }
    for i in 0..<rows {
      for j in 0..<columns { a[i * columns + j] *= signs[j] }
    }
    return true
  }
}
