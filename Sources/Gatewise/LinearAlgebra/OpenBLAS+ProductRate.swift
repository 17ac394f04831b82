internal import COpenBLAS

extension OpenBLAS {
  /// Measures the rate of `cblas_sgemm` on two square matrices with OpenBLAS's own threads, the reference for speeds.
  ///
  /// OpenBLAS's thread count, which is process-wide, is changed for the measurement and restored after it. Nothing else
  /// may use OpenBLAS during the measurement.
  ///
  /// - Parameters:
  ///   - size: rows and columns of every matrix; 2048 by convention.
  ///   - threads: OpenBLAS's threads during the measurement, at least 1.
  /// - Returns: the rate in 10⁹ floating-point operations per second, 2·size³ over the time of one product.
  /// - Precondition: `size` and `threads` are at least 1.
  package static func productRate(size: Int = 2048, threads: Int) -> Double {
    precondition(size >= 1 && threads >= 1, "\(size) rows and \(threads) threads: both must be at least 1")
    prepare()
    let before = openblas_get_num_threads()
    openblas_set_num_threads(Int32(threads))
    defer { openblas_set_num_threads(before) }
    // The pages of the arrays are first touched here, outside the measured time.
    let a = [Float](repeating: 0.5, count: size * size)
    let b = [Float](repeating: 1, count: size * size)
    var c = [Float](repeating: 0, count: size * size)
    let n = blasint(size)
    let seconds = c.withUnsafeMutableBufferPointer { c in
      ContinuousClock().measure {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c.baseAddress, n)
      }
    }
    let (whole, attoseconds) = seconds.components
    return 2 * Double(size) * Double(size) * Double(size) / (Double(whole) + Double(attoseconds) * 1e-18) * 1e-9
  }
}
