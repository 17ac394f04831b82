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

extension Float: Scalar {
  /// `float32`
  public static var dataType: DataType { .float32 }

  /// `cblas_sgemm`
  public static func _gemm(_ product: _Product<Float>) {
    cblas_sgemm(
      CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans, product.bTransposed ? CblasTrans : CblasNoTrans,
      blasint(product.rows), blasint(product.columns), blasint(product.depth), 1, product.a, blasint(product.aStride),
      product.b, blasint(product.bStride), product.beta, product.c, blasint(product.cStride))
  }

  /// `cblas_sgemv`
  public static func _gemv(
    transposed: Bool, rows: Int, columns: Int, _ a: UnsafePointer<Float>, stride: Int, _ x: UnsafePointer<Float>,
    beta: Float, _ y: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemv(
      CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), 1, a, blasint(stride), x,
      1, beta, y, 1)
  }

  /// `LAPACKE_sgeqrf`
  public static func _geqrf(
    _ a: UnsafeMutablePointer<Float>, rows: Int, columns: Int, tau: UnsafeMutablePointer<Float>
  ) -> Bool {
    LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), a, Int32(columns), tau) == 0
  }

  /// `LAPACKE_sorgqr`
  public static func _orgqr(
    _ a: UnsafeMutablePointer<Float>, rows: Int, columns: Int, tau: UnsafePointer<Float>
  ) -> Bool {
    LAPACKE_sorgqr(LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), Int32(columns), a, Int32(columns), tau) == 0
  }

  /// The kernels for `Float`.
  public static func _kernels(for set: InstructionSet) -> Kernels<Float>? {
    Kernels(set, gatewise_kernels_for_float(set.isa))
  }

  /// The natural exponential.
  public static func _exp(_ x: Float) -> Float { expf(x) }

  /// eˣ - 1
  public static func _expm1(_ x: Float) -> Float { expm1f(x) }

  /// The natural logarithm.
  public static func _log(_ x: Float) -> Float { logf(x) }

  /// ln(1 + x)
  public static func _log1p(_ x: Float) -> Float { log1pf(x) }

  /// The square root.
  public static func _squareRoot(_ x: Float) -> Float { gatewise_square_root_float(x) }
}
