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

  /// The table of single-precision kernels as Swift closures.
  public static func _kernels(for set: InstructionSet) -> Kernels<Float>? {
    guard let table = gatewise_kernels_for_float(set.isa)?.pointee,
      let int8 = gatewise_int8_kernels_for(set.isa)?.pointee
    else { return nil }
    return Kernels(
      instructionSet: set,
      forwardStep: { step in
        var arguments = gatewise_forward_step_float(step)
        table.forward_step(&arguments)
      },
      backwardStep: { step in
        var arguments = gatewise_backward_step_float(
          rows: step.rows, hidden: step.hidden, first: step.units.lowerBound, end: step.units.upperBound,
          gates: step.gates, delta: step.delta, c_previous: step.cPrevious, c: step.c, dh: step.dh, dc: step.dc,
          p_i: step.peepholes.i, p_f: step.peepholes.f, p_o: step.peepholes.o, bound: step.bound ?? 0)
        table.backward_step(&arguments)
      },
      packed: PackedKernels(
        partStart: { table.part_start($0, $1, $2) },
        count: { inputs, hidden, storage in
          storage == .int8
            ? int8.packed_count(inputs, hidden) : table.packed_count(inputs, hidden, storage == .bfloat16)
        },
        int8ScratchCount: { int8.scratch_count($0, $1, $2) },
        pack: { layer in
          var arguments = gatewise_pack_gates_float(
            inputs: layer.inputs, hidden: layer.hidden, first: layer.units.lowerBound, end: layer.units.upperBound,
            halved: layer.storage == .bfloat16, w: layer.w, r: layer.r, b: layer.b, packed: layer.packed)
          layer.storage == .int8 ? int8.pack_gates(&arguments) : table.pack_gates(&arguments)
        },
        inputProduct: { product in
          var arguments = gatewise_input_product_float(
            rows: product.rows, inputs: product.inputs, hidden: product.hidden, first: product.units.lowerBound,
            end: product.units.upperBound, x: product.x, packed: product.packed,
            halved: product.storage == .bfloat16, gates: product.gates)
          if product.storage == .int8 {
            int8.input_product(&arguments, product.scratch)
          } else {
            table.input_product(&arguments)
          }
        },
        recurrentStep: { recurrent in
          var arguments = gatewise_recurrent_step_float(
            step: gatewise_forward_step_float(recurrent.step), inputs: recurrent.inputs,
            first: recurrent.units.lowerBound, end: recurrent.units.upperBound, x: recurrent.x,
            inputs_done: recurrent.inputsDone, y_previous: recurrent.yPrevious, packed: recurrent.packed,
            halved: recurrent.storage == .bfloat16, reverses: recurrent.reverses)
          if recurrent.storage == .int8 {
            int8.recurrent_step(&arguments, recurrent.scratch)
          } else {
            table.recurrent_step(&arguments)
          }
        },
        factorCount: { table.packed_factor_count($0, $1) },
        packFactor: { factor in
          table.pack_factor(
            factor.columns, factor.depth, factor.part.lowerBound, factor.part.upperBound, factor.isTransposed, factor.b,
            factor.packed)
        },
        product: { product in
          var arguments = gatewise_product_float(
            rows: product.rows, columns: product.columns, depth: product.depth, first: product.part.lowerBound,
            end: product.part.upperBound, a: product.a, a_row_stride: product.aRowStride, a_step: product.aStep,
            packed: product.packed, c: product.c, adds: product.adds)
          table.product(&arguments)
        },
        weightGradientScratch: { table.weight_gradient_scratch($0, $1) },
        weightGradient: { sums in
          var arguments = gatewise_weight_gradient_float(
            rows: sums.rows, columns: sums.columns, first: sums.part.lowerBound, end: sums.part.upperBound,
            left: (sums.input?.left, sums.recurrent.left), width: (sums.input?.width ?? 0, sums.recurrent.width),
            delta: sums.delta, gradient: (sums.input?.gradient, sums.recurrent.gradient), bias: sums.bias,
            scratch: sums.scratch)
          table.weight_gradient(&arguments)
        }),
      sigmoid: { table.sigmoid($0, $1, $2) },
      tanh: { table.tanh($0, $1, $2) },
      softmax: { table.softmax($0, $1, $2) },
      add: { table.add($0, $1, $2) },
      multiplyAdd: { table.multiply_add($0, $1, $2, $3) })
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

extension gatewise_forward_step_float {
  fileprivate init(_ step: ForwardStep<Float>) {
    self.init(
      rows: step.rows, hidden: step.hidden, gates: step.gates, c_previous: step.cPrevious, c: step.c, h: step.h,
      p_i: step.peepholes.i, p_f: step.peepholes.f, p_o: step.peepholes.o)
  }
}
