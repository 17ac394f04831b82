internal import CGatewiseKernels
internal import CLAPACKE
internal import COpenBLAS

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
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

  /// `LAPACKE_sgeqrf`, then `LAPACKE_sorgqr`
  public static func _orthonormalize(_ a: UnsafeMutablePointer<Float>, rows: Int, columns: Int) -> Bool {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * Swift.max(columns, 1)) { scratch in
      let (tau, signs) = (scratch.baseAddress!, scratch.baseAddress! + columns)
      let (m, n) = (Int32(rows), Int32(columns))
      guard LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, m, n, a, n, tau) == 0 else { return false }
      for j in 0..<columns { signs[j] = a[j * columns + j] < 0 ? -1 : 1 }
      guard LAPACKE_sorgqr(LAPACK_ROW_MAJOR, m, n, n, a, n, tau) == 0 else { return false }
      for i in 0..<rows {
        for j in 0..<columns { a[i * columns + j] *= signs[j] }
      }
      return true
    }
  }

  /// The table of single precision kernels, with types.
  public static func _kernels(for set: InstructionSet) -> Kernels<Float>? {
    guard let table = gatewise_kernels_for_float(set.isa)?.pointee else { return nil }
    return Kernels(
      instructionSet: set,
      forwardStep: { step in
        var arguments = gatewise_forward_step_float(
          rows: step.rows, hidden: step.hidden, gates: step.gates, c_previous: step.cPrevious, c: step.c, h: step.h,
          p_i: step.peepholes.i, p_f: step.peepholes.f, p_o: step.peepholes.o)
        table.forward_step(&arguments)
      },
      backwardStep: { step in
        var arguments = gatewise_backward_step_float(
          rows: step.rows, hidden: step.hidden, gates: step.gates, delta: step.delta, c_previous: step.cPrevious,
          c: step.c, dh: step.dh, dc: step.dc, p_i: step.peepholes.i, p_f: step.peepholes.f, p_o: step.peepholes.o)
        table.backward_step(&arguments)
      },
      sigmoid: { table.sigmoid($0, $1, $2) },
      tanh: { table.tanh($0, $1, $2) },
      softmax: { table.softmax($0, $1, $2) },
      add: { table.add($0, $1, $2) },
      multiplyAdd: { table.multiply_add($0, $1, $2, $3) })
  }

  /// The natural exponential.
  public static func _exp(_ x: Float) -> Float { expf(x) }

  /// The natural logarithm.
  public static func _log(_ x: Float) -> Float { logf(x) }

  public static func _squareRoot(_ x: Float) -> Float { gatewise_square_root_float(x) }
}
