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

// Named apart from the methods below, which would otherwise call themselves.
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Double) -> Double { log(x) }

extension Double: Scalar {
  /// The natural exponential.
  public static func exp(_ x: Double) -> Double { exponential(x) }

  /// eˣ - 1
  public static func expMinusOne(_ x: Double) -> Double { expm1(x) }

  /// The natural logarithm.
  public static func log(_ x: Double) -> Double { logarithm(x) }

  /// ln(1 + x)
  public static func log(onePlus x: Double) -> Double { log1p(x) }

  /// The square root.
  public static func sqrt(_ x: Double) -> Double { gatewise_square_root_double(x) }

  /// The functions of the C libraries for `Double`.
  public static let _routines = _Routines<Double>(
    gemm: { product in
      cblas_dgemm(
        CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans,
        product.bTransposed ? CblasTrans : CblasNoTrans, blasint(product.rows), blasint(product.columns),
        blasint(product.depth), 1, product.a, blasint(product.aStride), product.b, blasint(product.bStride),
        product.beta, product.c, blasint(product.cStride))
    },
    gemv: { product in
      cblas_dgemv(
        CblasRowMajor, product.aTransposed ? CblasTrans : CblasNoTrans, blasint(product.rows), blasint(product.columns),
        1, product.a, blasint(product.aStride), product.x, 1, product.beta, product.y, 1)
    },
    geqrf: { LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, Int32($1), Int32($2), $0, Int32($2), $3) == 0 },
    orgqr: { LAPACKE_dorgqr(LAPACK_ROW_MAJOR, Int32($1), Int32($2), Int32($2), $0, Int32($2), $3) == 0 },
    kernels: { Kernels($0, gatewise_kernels_for_double($0.isa)) })
}
