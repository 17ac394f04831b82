import CGatewiseKernels
import COpenBLAS
import Gatewise

/// A number type with its kernels and its OpenBLAS functions, which C names per type.
protocol KernelScalar: Scalar {
  static var kernels: gatewise_kernels { get }
  /// Computes C = op(A)·op(B), or C += op(A)·op(B), through `cblas_?gemm`, or `cblas_?gemv` for one row.
  static func gemm(_ a: Matrix<Self>, _ b: Matrix<Self>, _ transposed: Factor, _ c: Matrix<Self>, adds: Bool)
  static func gemv(_ a: Matrix<Self>, _ b: Matrix<Self>, _ transposed: Factor, _ c: Matrix<Self>, adds: Bool)
}

/// The transposed factor of a product.
enum Factor {
  case none, left, right
}

/// Computes C = op(A)·op(B), or C += op(A)·op(B), as the plain path of the engine does.
func multiply<S: KernelScalar>(
  _ a: Matrix<S>, _ b: Matrix<S>, transposing transposed: Factor = .none, into c: Matrix<S>, adds: Bool
) {
  if c.rows == 1, transposed != .left {
    S.gemv(a, b, transposed, c, adds: adds)
  } else {
    S.gemm(a, b, transposed, c, adds: adds)
  }
}

extension InstructionSet {
  /// The measured instruction set: the one named by `GATEWISE_ISA`, or the fastest.
  fileprivate static let measured: gatewise_isa =
    switch try! current() {
    case .avx512: GATEWISE_ISA_AVX512
    case .avx2: GATEWISE_ISA_AVX2
    case .neon: GATEWISE_ISA_NEON
    case .portable: GATEWISE_ISA_PORTABLE
    }
}

extension Float: KernelScalar {
  static let kernels = gatewise_kernels_for_float(InstructionSet.measured)!.pointee

  static func gemm(_ a: Matrix<Float>, _ b: Matrix<Float>, _ transposed: Factor, _ c: Matrix<Float>, adds: Bool) {
    cblas_sgemm(
      CblasRowMajor, transposed == .left ? CblasTrans : CblasNoTrans, transposed == .right ? CblasTrans : CblasNoTrans,
      blasint(c.rows), blasint(c.columns), blasint(transposed == .left ? a.rows : a.columns), 1, a.base,
      blasint(a.columns), b.base, blasint(b.columns), adds ? 1 : 0, c.base, blasint(c.columns))
  }

  static func gemv(_ a: Matrix<Float>, _ b: Matrix<Float>, _ transposed: Factor, _ c: Matrix<Float>, adds: Bool) {
    cblas_sgemv(
      CblasRowMajor, transposed == .right ? CblasNoTrans : CblasTrans, blasint(b.rows), blasint(b.columns), 1, b.base,
      blasint(b.columns), a.base, 1, adds ? 1 : 0, c.base, 1)
  }
}

extension Double: KernelScalar {
  static let kernels = gatewise_kernels_for_double(InstructionSet.measured)!.pointee

  static func gemm(_ a: Matrix<Double>, _ b: Matrix<Double>, _ transposed: Factor, _ c: Matrix<Double>, adds: Bool) {
    cblas_dgemm(
      CblasRowMajor, transposed == .left ? CblasTrans : CblasNoTrans, transposed == .right ? CblasTrans : CblasNoTrans,
      blasint(c.rows), blasint(c.columns), blasint(transposed == .left ? a.rows : a.columns), 1, a.base,
      blasint(a.columns), b.base, blasint(b.columns), adds ? 1 : 0, c.base, blasint(c.columns))
  }

  static func gemv(_ a: Matrix<Double>, _ b: Matrix<Double>, _ transposed: Factor, _ c: Matrix<Double>, adds: Bool) {
    cblas_dgemv(
      CblasRowMajor, transposed == .right ? CblasNoTrans : CblasTrans, blasint(b.rows), blasint(b.columns), 1, b.base,
      blasint(b.columns), a.base, 1, adds ? 1 : 0, c.base, 1)
  }
}
