/// The two number types of the engine, `Float` and `Double`, with the same features for both.
///
/// Train in `Float`, check in `Double`. The underscored requirements call the C libraries and are not part of the
/// public interface; other types cannot usefully conform.
public protocol Scalar: BinaryFloatingPoint, BitwiseCopyable, Sendable, Codable
where RawSignificand: FixedWidthInteger {
  /// The name of this type in files.
  static var dataType: DataType { get }

  /// C ← α·op(A)·op(B) + β·C through `cblas_?gemm`.
  static func _gemm(_ product: _Product<Self>)
  /// y ← α·op(A)·x + β·y through `cblas_?gemv`, A `[rows, columns]` row-major.
  static func _gemv(
    transposed: Bool, rows: Int, columns: Int, _ a: UnsafePointer<Self>, stride: Int, _ x: UnsafePointer<Self>,
    beta: Self, _ y: UnsafeMutablePointer<Self>)
  /// Computes the QR factorization of a row-major `[rows, columns]` matrix in place, with the reflectors' factors in
  /// `tau` `[columns]`; returns false if LAPACK reports a failure.
  static func _geqrf(
    _ a: UnsafeMutablePointer<Self>, rows: Int, columns: Int, tau: UnsafeMutablePointer<Self>
  ) -> Bool
  /// Replaces the result of `_geqrf` by Q; returns false if LAPACK reports a failure.
  static func _orgqr(_ a: UnsafeMutablePointer<Self>, rows: Int, columns: Int, tau: UnsafePointer<Self>) -> Bool
  /// Returns the kernels of an instruction set, nil if the processor does not support it.
  static func _kernels(for set: InstructionSet) -> Kernels<Self>?

  /// The natural exponential.
  static func _exp(_ x: Self) -> Self
  /// eˣ - 1, accurate near 0.
  static func _expm1(_ x: Self) -> Self
  /// The natural logarithm.
  static func _log(_ x: Self) -> Self
  /// ln(1 + x), accurate near 0.
  static func _log1p(_ x: Self) -> Self
  /// The square root as an instruction that loops can vectorize, whereas `squareRoot()` is a call per element.
  static func _squareRoot(_ x: Self) -> Self
}

/// The operands of one matrix product, row-major: C `[rows, columns]`, with `depth` terms in every sum.
public struct _Product<S: Sendable> {
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
