import CGatewiseKernels

/// The kernels on the operands of a layer.
extension KernelScalar {
  static func packGates(_ layer: Layer<Self>, halved: Bool) -> Matrix<Self> {
    let (H, storage) = (layer.hidden, halved ? GATEWISE_BFLOAT16 : GATEWISE_FULL)
    let packed = Matrix<Self>(1, kernels.packed_count(H, H, storage))
    var packing = gatewise_pack_gates(
      inputs: H, hidden: H, first: 0, end: H, storage: storage, w: layer.w.base, r: layer.r.base, b: layer.b.base,
      packed: packed.base)
    kernels.pack_gates(&packing)
    return packed
  }

  static func recurrentStep(_ layer: Layer<Self>, packed: Matrix<Self>, halved: Bool, reverses: Bool) {
    var step = gatewise_recurrent_step(
      step: operands(layer), inputs: layer.hidden, first: 0, end: layer.hidden, x: layer.x.base, inputs_done: nil,
      y_previous: layer.y.base, packed: packed.base, storage: halved ? GATEWISE_BFLOAT16 : GATEWISE_FULL,
      reverses: reverses, scratch: nil)
    kernels.recurrent_step(&step)
  }

  static func forwardStep(_ layer: Layer<Self>) {
    var step = operands(layer)
    kernels.forward_step(&step)
  }

  private static func operands(_ layer: Layer<Self>) -> gatewise_forward_step {
    gatewise_forward_step(
      rows: layer.rows, hidden: layer.hidden, gates: layer.gates.base, c_previous: layer.cPrevious.base,
      c: layer.c.base, h: layer.h.base, p_i: nil, p_f: nil, p_o: nil)
  }

  static func packTransposed(_ weights: Matrix<Self>) -> Matrix<Self> {
    let packed = Matrix<Self>(1, kernels.packed_factor_count(weights.rows, weights.columns))
    var packing = gatewise_pack_factor(
      columns: weights.rows, depth: weights.columns, first: 0, end: weights.rows, transposed: true, b: weights.base,
      packed: packed.base)
    kernels.pack_factor(&packing)
    return packed
  }

  static func propagate(
    _ delta: Matrix<Self>, packed: Matrix<Self>, into error: Matrix<Self>, rows: Range<Int>, adds: Bool
  ) {
    var product = gatewise_product(
      rows: rows.count, columns: error.columns, depth: delta.columns, first: 0, end: error.columns,
      a: delta.base + rows.lowerBound * delta.columns, a_row_stride: delta.columns, a_step: 1, packed: packed.base,
      c: error.base + rows.lowerBound * error.columns, adds: adds)
    kernels.product(&product)
  }

  static func backwardStep(_ layer: Layer<Self>) {
    var step = gatewise_backward_step(
      rows: layer.rows, hidden: layer.hidden, first: 0, end: layer.hidden, gates: layer.gates.base,
      delta: layer.newDelta.base, c_previous: layer.cPrevious.base, c: layer.c.base, dh: layer.dh.base,
      dc: layer.dc.base, p_i: nil, p_f: nil, p_o: nil, bound: 0)
    kernels.backward_step(&step)
  }

  static func weightGradientScratch(_ layer: Layer<Self>) -> Int {
    kernels.weight_gradient_scratch(layer.rows, layer.columns)
  }

  static func weightGradient(_ layer: Layer<Self>, columns: Range<Int>, into sums: WeightSums<Self>) {
    var gradient = gatewise_weight_gradient(
      rows: layer.rows, columns: layer.columns, first: columns.lowerBound, end: columns.upperBound,
      left: (UnsafeRawPointer(layer.x.base), UnsafeRawPointer(layer.y.base)), width: (layer.hidden, layer.hidden),
      delta: layer.delta.base, gradient: (UnsafeMutableRawPointer(sums.w.base), UnsafeMutableRawPointer(sums.r.base)),
      bias: sums.b.base, scratch: sums.scratch.base)
    kernels.weight_gradient(&gradient)
  }

  static func add(_ count: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>) { kernels.add(count, x, y) }
}
