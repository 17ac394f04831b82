/// Half the squared error of logistic outputs: the loss of Hochreiter & Schmidhuber (1997) and of Gers, Schmidhuber &
/// Cummins (2000).
///
///     ℓ = ½ Σ_k (σ(z_k) - t_k)²        ∂ℓ/∂z_k = (σ(z_k) - t_k) σ(z_k) (1 - σ(z_k))
///
/// The sum over the K outputs is not divided by K, so that a learning rate means what it means in the papers. The
/// targets t are compared with σ(z), hence lie in 0 to 1; the outputs z are the raw readout.
public struct LogisticSquaredError: Loss, Equatable, Codable {
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
    kernels.sigmoid(count, outputs, scratch)
    var sum: S = 0
    for k in 0..<count {
      let output = scratch[k]
      let error = output - values[k]
      sum += error * error
      gradient?[k] = scale * error * output * (1 - output)
    }
    return sum / 2
  }
}
