/// Half the squared error of logistic outputs: the loss of Hochreiter & Schmidhuber (1997) and of Gers, Schmidhuber &
/// Cummins (2000).
///
///     ℓ = ½ Σ_k (σ(z_k) - t_k)²        ∂ℓ/∂z_k = (σ(z_k) - t_k) σ(z_k) (1 - σ(z_k))
///
/// The sum over the K outputs is not divided by K, so that a learning rate means what it means in the papers. The
/// targets t are compared with σ(z), hence lie in 0 to 1; the outputs z are the raw readout.
public struct LogisticSquaredError: KernelLoss, Equatable {
  /// The loss has no settings.
  package init() {}

  /// Returns ℓ and writes its slope, by the formulas above.
  public func evaluate<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
  ) -> S {
    evaluateByKernels(outputs, values: values, class: `class`, slope: &slope)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func evaluate<S: Scalar>(_ row: OutputRow<S>) -> S {
    let (count, values) = (row.outputs.count, row.values!)
    row.kernels.sigmoid(count, row.outputs.base, row.scratch.base)
    var sum: S = 0
    for k in 0..<count {
      let output = row.scratch[k]
      let error = output - values[k]
      sum += error * error
      row.slope?[k] = row.scale * error * output * (1 - output)
    }
    return sum / 2
  }
}

extension Loss where Self == LogisticSquaredError {
  /// Half the squared error of logistic outputs; see ``LogisticSquaredError``.
  public static var logisticSquaredError: LogisticSquaredError { LogisticSquaredError() }
}
