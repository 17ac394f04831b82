import CGatewiseKernels
import Gatewise

/// A number type with its kernels and its OpenBLAS functions, which C names per type.
protocol KernelScalar: Scalar {
  /// Computes C = op(A)·op(B), or C += op(A)·op(B), through `cblas_?gemm`, or `cblas_?gemv` for one row.
  static func gemm(_ a: Matrix<Self>, _ b: Matrix<Self>, _ transposed: Factor, _ c: Matrix<Self>, adds: Bool)
  static func gemv(_ a: Matrix<Self>, _ b: Matrix<Self>, _ transposed: Factor, _ c: Matrix<Self>, adds: Bool)

  static func packGates(_ layer: Layer<Self>, halved: Bool) -> Matrix<Self>
  static func recurrentStep(_ layer: Layer<Self>, packed: Matrix<Self>, halved: Bool, reverses: Bool)
  static func forwardStep(_ layer: Layer<Self>)
  static func packTransposed(_ weights: Matrix<Self>) -> Matrix<Self>
  static func propagate(
    _ delta: Matrix<Self>, packed: Matrix<Self>, into error: Matrix<Self>, rows: Range<Int>, adds: Bool)
  static func backwardStep(_ layer: Layer<Self>)
  static func weightGradientScratch(_ layer: Layer<Self>) -> Int
  static func weightGradient(_ layer: Layer<Self>, columns: Range<Int>, into sums: WeightSums<Self>)
  static func add(_ count: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
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
  static let measured: gatewise_isa =
    switch try! current() {
    case .avx512: GATEWISE_ISA_AVX512
    case .avx2: GATEWISE_ISA_AVX2
    case .neon: GATEWISE_ISA_NEON
    case .portable: GATEWISE_ISA_PORTABLE
    }
}
