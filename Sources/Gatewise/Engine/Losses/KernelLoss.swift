/// A row of outputs, its target, and the destination of its slope. The views are valid during one call.
struct OutputRow<S: Scalar> {
  /// `[K]`, at least one.
  let outputs: VectorView<S>
  /// `[K]`, for losses on values.
  let values: VectorView<S>?
  /// For losses on classes.
  let classIndex: Int
  /// A factor of the slope.
  let scale: S
  /// `[K]`: scale · ∂ℓ/∂outputs; may be `scratch`; nil if only the loss is wanted.
  let slope: VectorView<S>?
  /// `[K]`, overwritten.
  let scratch: VectorView<S>
  let kernels: Kernels<S>
}

/// A loss that uses the kernels and scales its slope as it writes it: those of the library.
protocol KernelLoss: Loss {
  /// Returns ℓ of a row and writes the scaled slope, if it is wanted.
  func evaluate<S: Scalar>(_ row: OutputRow<S>) -> S
}

extension KernelLoss {
  /// Evaluates a row by the kernels that every processor has.
  ///
  /// - Precondition: there are as many values, if the loss compares them, and slopes as outputs.
  func evaluateByKernels<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class index: Int, slope: inout MutableSpan<S>
  ) -> S {
    let K = outputs.count
    precondition(slope.count == K, "\(slope.count) slopes of \(K) outputs")
    precondition(
      targetKind == .classes || values.count == K, "\(values.count) target values for \(K) outputs")
    guard let kernels = S._routines.kernels(.portable) else { preconditionFailure("every processor has these kernels") }
    return outputs.withUnsafeBufferPointer { outputs in
      values.withUnsafeBufferPointer { values in
        slope.withUnsafeMutableBufferPointer { slope in
          guard let dz = slope.baseAddress else { return 0 }
          let slope = VectorView(dz, count: slope.count)
          return evaluate(
            OutputRow(
              outputs: VectorView(reading: outputs), values: values.isEmpty ? nil : VectorView(reading: values),
              classIndex: index, scale: 1, slope: slope, scratch: slope, kernels: kernels))
        }
      }
    }
  }
}

extension Loss {
  /// Returns ℓ of a row and writes the scaled slope, for a loss without kernels.
  func evaluateWithoutKernels<S: Scalar>(_ row: OutputRow<S>) -> S {
    let (slope, values) = (row.slope ?? row.scratch, row.values ?? .empty)
    var slopes = MutableSpan(_unsafeStart: slope.base, count: slope.count)
    let loss = evaluate(
      Span(_unsafeStart: row.outputs.base, count: row.outputs.count),
      values: Span(_unsafeStart: values.base, count: values.count), class: row.classIndex, slope: &slopes)
    for k in 0..<slope.count { slope[k] *= row.scale }
    return loss
  }
}
