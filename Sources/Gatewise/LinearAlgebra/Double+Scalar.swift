internal import CGatewiseKernels
internal import CLAPACKE
internal import COpenBLAS

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Double: Scalar {
  /// `float64`
  public static var dataType: DataType { .float64 }

  /// `cblas_dgemm`
  public static func _gemm(_ product: _Product<Double>) {
    cblas_dgemm(
      CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans, product.bTransposed ? CblasTrans : CblasNoTrans,
      blasint(product.rows), blasint(product.columns), blasint(product.depth), 1, product.a, blasint(product.aStride),
      product.b, blasint(product.bStride), product.beta, product.c, blasint(product.cStride))
  }

  /// `cblas_dgemv`
  public static func _gemv(
    transposed: Bool, rows: Int, columns: Int, _ a: UnsafePointer<Double>, stride: Int, _ x: UnsafePointer<Double>,
    beta: Double, _ y: UnsafeMutablePointer<Double>
  ) {
    cblas_dgemv(
      CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), 1, a, blasint(stride), x,
      1, beta, y, 1)
  }

  /// `LAPACKE_dgeqrf`
  public static func _geqrf(
    _ a: UnsafeMutablePointer<Double>, rows: Int, columns: Int, tau: UnsafeMutablePointer<Double>
  ) -> Bool {
    LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), a, Int32(columns), tau) == 0
  }

  /// `LAPACKE_dorgqr`
  public static func _orgqr(
    _ a: UnsafeMutablePointer<Double>, rows: Int, columns: Int, tau: UnsafePointer<Double>
  ) -> Bool {
    LAPACKE_dorgqr(LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), Int32(columns), a, Int32(columns), tau) == 0
  }

  /// The kernels for `Double`.
  public static func _kernels(for set: InstructionSet) -> Kernels<Double>? {
    Kernels(set, gatewise_kernels_for_double(set.isa))
  }

  /// The natural exponential.
  public static func _exp(_ x: Double) -> Double { exp(x) }

  /// eˣ - 1
  public static func _expm1(_ x: Double) -> Double { expm1(x) }

  /// The natural logarithm.
  public static func _log(_ x: Double) -> Double { log(x) }

  /// ln(1 + x)
  public static func _log1p(_ x: Double) -> Double { log1p(x) }

  /// The square root.
  public static func _squareRoot(_ x: Double) -> Double { gatewise_square_root_double(x) }
}
