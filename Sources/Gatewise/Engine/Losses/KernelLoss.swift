/// A row of outputs, its target, and the destination of its slope. The pointers are valid during one call.
struct OutputRow<S: Scalar> {
  /// K, at least 1.
  let count: Int
  /// `[K]`
  let outputs: UnsafePointer<S>
  /// `[K]`, for losses on values.
  let values: UnsafePointer<S>?
  /// For losses on classes.
  let classIndex: Int
  /// A factor of the slope.
  let scale: S
  /// `[K]`: scale · ∂ℓ/∂outputs; may be `scratch`; nil if only the loss is wanted.
  let slope: UnsafeMutablePointer<S>?
  /// `[K]`, overwritten.
  let scratch: UnsafeMutablePointer<S>
  let kernels: Kernels<S>
}

/// A loss that uses the kernels and scales its slope as it writes it: those of the library.
protocol KernelLoss: Loss {
  /// Returns ℓ of a row and writes the scaled slope, if it is wanted.
  func evaluate<S: Scalar>(_ row: OutputRow<S>) -> S
}

extension KernelLoss {
  /// Evaluates a row by the kernels that every processor has.
  func evaluateSpans<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class index: Int, slope: inout MutableSpan<S>
  ) -> S {
    guard let kernels = S._routines.kernels(.portable) else { preconditionFailure("every processor has these kernels") }
    return outputs.withUnsafeBufferPointer { outputs in
      values.withUnsafeBufferPointer { values in
        slope.withUnsafeMutableBufferPointer { slope in
          guard let z = outputs.baseAddress, let dz = slope.baseAddress else { return 0 }
          return evaluate(
            OutputRow(
              count: outputs.count, outputs: z, values: values.baseAddress, classIndex: index, scale: 1, slope: dz,
              scratch: dz, kernels: kernels))
        }
      }
    }
  }
}

extension Loss {
  /// Returns ℓ of a row and writes the scaled slope, for a loss without kernels.
  func evaluateSpans<S: Scalar>(of row: OutputRow<S>) -> S {
    let (K, slope) = (row.count, row.slope ?? row.scratch)
    var slopes = MutableSpan(_unsafeStart: slope, count: K)
    let values = Span(_unsafeStart: row.values ?? row.outputs, count: row.values == nil ? 0 : K)
    let loss = evaluate(
      Span(_unsafeStart: row.outputs, count: K), values: values, class: row.classIndex, slope: &slopes)
    for k in 0..<K { slope[k] *= row.scale }
    return loss
  }
}
