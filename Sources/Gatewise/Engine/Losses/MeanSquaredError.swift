/// The mean squared error of the K outputs: PyTorch's `MSELoss`, since the mean over rows of means over K is the mean
/// over all.
///
///     ℓ = 1/K Σ_k (z_k - t_k)²        ∂ℓ/∂z_k = 2/K (z_k - t_k)
public struct MeanSquaredError: Loss, Equatable, Codable {
  /// The loss has no settings.
  public init() {}

  /// K values for each row.
  public var targetKind: TargetKind { .values }

  /// w ℓ and its gradient by the formulas above; see ``Loss``.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func evaluate<S: Scalar>(
    outputs: UnsafePointer<S>, count: Int, target: Target<S>, scale: S, gradient: UnsafeMutablePointer<S>?,
    scratch: UnsafeMutablePointer<S>, kernels: Kernels<S>
  ) -> S {
    let values = target.values!
    let factor = scale * 2 / S(count)
    var sum: S = 0
    for k in 0..<count {
      let error = outputs[k] - values[k]
      sum += error * error
      gradient?[k] = factor * error
    }
    return sum / S(count)
  }
}
