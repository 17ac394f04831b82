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
  /// The natural exponential.
  public static func exp(_ x: Float) -> Float { expf(x) }

  /// eˣ - 1
  public static func expMinusOne(_ x: Float) -> Float { expm1f(x) }

  /// The natural logarithm.
  public static func log(_ x: Float) -> Float { logf(x) }

  /// ln(1 + x)
  public static func log(onePlus x: Float) -> Float { log1pf(x) }

  /// The square root.
  public static func sqrt(_ x: Float) -> Float { gatewise_square_root_float(x) }

  /// The functions of the C libraries for `Float`.
  public static let _routines = _Routines<Float>(
    gemm: { product in
      cblas_sgemm(
        CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans,
        product.bTransposed ? CblasTrans : CblasNoTrans, blasint(product.rows), blasint(product.columns),
        blasint(product.depth), 1, product.a, blasint(product.aStride), product.b, blasint(product.bStride),
        product.beta, product.c, blasint(product.cStride))
    },
    gemv: { product in
      cblas_sgemv(
        CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans, blasint(product.rows), blasint(product.columns),
        1, product.a, blasint(product.aStride), product.x, 1, product.beta, product.y, 1)
    },
    geqrf: { LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, Int32($1), Int32($2), $0, Int32($2), $3) == 0 },
    orgqr: { LAPACKE_sorgqr(LAPACK_ROW_MAJOR, Int32($1), Int32($2), Int32($2), $0, Int32($2), $3) == 0 },
    kernels: { Kernels($0, gatewise_kernels_for_float($0.isa)) })
}
