import CGatewiseKernels
import COpenBLAS
import Gatewise

extension Double: KernelScalar {
  private static let kernels = gatewise_kernels_for_double(InstructionSet.measured)!.pointee

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

  static func packGates(_ layer: Layer<Double>, halved: Bool) -> Matrix<Double> {
    let packed = Matrix<Double>(1, kernels.packed_count(layer.hidden, layer.hidden, halved))
    var arguments = gatewise_pack_gates_double(
      inputs: layer.hidden, hidden: layer.hidden, first: 0, end: layer.hidden, halved: halved, w: layer.w.base,
      r: layer.r.base, b: layer.b.base, packed: packed.base)
    kernels.pack_gates(&arguments)
    return packed
  }

  static func recurrentStep(_ layer: Layer<Double>, packed: Matrix<Double>, halved: Bool, reverses: Bool) {
    var arguments = gatewise_recurrent_step_double(
      step: forwardArguments(layer), inputs: layer.hidden, first: 0, end: layer.hidden, x: layer.x.base,
      inputs_done: nil, y_previous: layer.y.base, packed: packed.base, halved: halved, reverses: reverses)
    kernels.recurrent_step(&arguments)
  }

  static func forwardStep(_ layer: Layer<Double>) {
    var arguments = forwardArguments(layer)
    kernels.forward_step(&arguments)
  }

  private static func forwardArguments(_ layer: Layer<Double>) -> gatewise_forward_step_double {
    gatewise_forward_step_double(
      rows: layer.rows, hidden: layer.hidden, gates: layer.gates.base, c_previous: layer.cPrevious.base,
      c: layer.c.base, h: layer.h.base, p_i: nil, p_f: nil, p_o: nil)
  }

  static func packTransposed(_ weights: Matrix<Double>) -> Matrix<Double> {
    let packed = Matrix<Double>(1, kernels.packed_factor_count(weights.rows, weights.columns))
    kernels.pack_factor(weights.rows, weights.columns, 0, weights.rows, true, weights.base, packed.base)
    return packed
  }

  static func propagate(
    _ delta: Matrix<Double>, packed: Matrix<Double>, into error: Matrix<Double>, rows: Range<Int>, adds: Bool
  ) {
    var arguments = gatewise_product_double(
      rows: rows.count, columns: error.columns, depth: delta.columns, first: 0, end: error.columns,
      a: delta.base + rows.lowerBound * delta.columns, a_row_stride: delta.columns, a_step: 1, packed: packed.base,
      c: error.base + rows.lowerBound * error.columns, adds: adds)
    kernels.product(&arguments)
  }

  static func backwardStep(_ layer: Layer<Double>) {
    var arguments = gatewise_backward_step_double(
      rows: layer.rows, hidden: layer.hidden, first: 0, end: layer.hidden, gates: layer.gates.base,
      delta: layer.newDelta.base, c_previous: layer.cPrevious.base, c: layer.c.base, dh: layer.dh.base,
      dc: layer.dc.base, p_i: nil, p_f: nil, p_o: nil, bound: 0)
    kernels.backward_step(&arguments)
  }

  static func weightGradientScratch(_ layer: Layer<Double>) -> Int {
    kernels.weight_gradient_scratch(layer.rows, layer.columns)
  }

  static func weightGradient(_ layer: Layer<Double>, columns: Range<Int>, into sums: WeightSums<Double>) {
    var arguments = gatewise_weight_gradient_double(
      rows: layer.rows, columns: layer.columns, first: columns.lowerBound, end: columns.upperBound,
      left: (UnsafePointer(layer.x.base), UnsafePointer(layer.y.base)), width: (layer.hidden, layer.hidden),
      delta: layer.delta.base, gradient: (sums.w.base, sums.r.base), bias: sums.b.base, scratch: sums.scratch.base)
    kernels.weight_gradient(&arguments)
  }

  static func add(_ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    kernels.add(count, x, y)
  }
}
