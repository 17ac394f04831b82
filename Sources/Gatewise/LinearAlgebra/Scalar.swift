/// The two number types of the engine, `Float` and `Double`, with the same features for both.
///
/// Train in `Float`, check in `Double`. Other types cannot conform.
public protocol Scalar: BinaryFloatingPoint, BitwiseCopyable, Sendable, Codable
where RawSignificand: FixedWidthInteger {
  /// The natural exponential eˣ.
  static func exp(_ x: Self) -> Self
  /// eˣ - 1, accurate near 0.
  static func expMinusOne(_ x: Self) -> Self
  /// The natural logarithm.
  static func log(_ x: Self) -> Self
  /// ln(1 + x), accurate near 0.
  static func log(onePlus x: Self) -> Self
  /// The square root as an instruction that loops can vectorize, whereas `squareRoot()` is a call per element.
  static func sqrt(_ x: Self) -> Self

  /// The functions of the C libraries for this type; not part of the public interface.
  static var _routines: _Routines<Self> { get }
}

extension Scalar {
  /// The name of this type in files.
  public static var dataType: DataType { Self.self == Float.self ? .float32 : .float64 }
}

/// The functions of BLAS, LAPACK and the kernels for one type of numbers; not part of the public interface.
public struct _Routines<S: Scalar>: Sendable {
  /// C ← α·op(A)·op(B) + β·C through `cblas_?gemm`.
  let gemm: @Sendable (MatrixProduct<S>) -> Void
  /// y ← op(A)·x + β·y through `cblas_?gemv`.
  let gemv: @Sendable (VectorProduct<S>) -> Void
  /// (A, rows, columns, τ): computes the QR factorization of a row-major `[rows, columns]` matrix in place, with the
  /// reflectors' factors in τ `[columns]`; returns false if LAPACK reports a failure.
  let geqrf: @Sendable (UnsafeMutablePointer<S>, Int, Int, UnsafeMutablePointer<S>) -> Bool
  /// (A, rows, columns, τ): replaces the result of `geqrf` by Q; returns false if LAPACK reports a failure.
  let orgqr: @Sendable (UnsafeMutablePointer<S>, Int, Int, UnsafeMutablePointer<S>) -> Bool
  /// The kernels of an instruction set; nil if the processor does not support it.
  let kernels: @Sendable (InstructionSet) -> Kernels<S>?
}

/// The operands of one matrix product, row-major: C `[rows, columns]`, with `depth` terms in every sum.
struct MatrixProduct<S: Scalar> {
  let rows: Int
  let columns: Int
  let depth: Int
  let a: UnsafePointer<S>
  let aStride: Int
  let aTransposed: Bool
  let b: UnsafePointer<S>
  let bStride: Int
  let bTransposed: Bool
  let beta: S
  let c: UnsafeMutablePointer<S>
  let cStride: Int
}

/// The operands of one product of a row-major matrix A `[rows, columns]` with a vector.
struct VectorProduct<S: Scalar> {
  let rows: Int
  let columns: Int
  let a: UnsafePointer<S>
  let aStride: Int
  let aTransposed: Bool
  let x: UnsafePointer<S>
  let beta: S
  let y: UnsafeMutablePointer<S>
}
