/// The mean squared error of the K outputs: PyTorch's `MSELoss`, since the mean over rows of means over K is the mean
/// over all.
///
///     ℓ = 1/K Σ_k (z_k - t_k)²        ∂ℓ/∂z_k = 2/K (z_k - t_k)
public struct MeanSquaredError: KernelLoss, Equatable {
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
    let (count, outputs, values) = (row.outputs.count, row.outputs, row.values!)
    let factor = row.scale * 2 / S(count)
    var sum: S = 0
    for k in 0..<count {
      let error = outputs[k] - values[k]
      sum += error * error
      row.slope?[k] = factor * error
    }
    return sum / S(count)
  }
}

extension Loss where Self == MeanSquaredError {
  /// The mean squared error; see ``MeanSquaredError``.
  public static var meanSquaredError: MeanSquaredError { MeanSquaredError() }
}
