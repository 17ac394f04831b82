/// Replaces a row-major `[rows, columns]` matrix by Q of its QR factorization, with the signs that make the diagonal of
/// R positive, which makes Q unique; rows ≥ columns.
///
/// - Returns: false where LAPACK reports a failure.
func orthonormalize<S: Scalar>(_ a: UnsafeMutablePointer<S>, rows: Int, columns: Int) -> Bool {
  withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * max(columns, 1)) { scratch in
    let (tau, signs) = (scratch.baseAddress!, scratch.baseAddress! + columns)
    guard S._geqrf(a, rows: rows, columns: columns, tau: tau) else { return false }
    for j in 0..<columns { signs[j] = a[j * columns + j] < 0 ? -1 : 1 }
    guard S._orgqr(a, rows: rows, columns: columns, tau: tau) else { return false }
    for i in 0..<rows {
      for j in 0..<columns { a[i * columns + j] *= signs[j] }
    }
    return true
  }
}
