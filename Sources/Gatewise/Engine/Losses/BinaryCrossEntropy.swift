/// The binary cross entropy of K independent logits, their mean: PyTorch's `BCEWithLogitsLoss`.
///
///     ℓ = -1/K Σ_k t_k log σ(z_k) + (1 - t_k) log(1 - σ(z_k))        ∂ℓ/∂z_k = 1/K (σ(z_k) - t_k)
///
/// The targets t are probabilities, 0 to 1.
public struct BinaryCrossEntropy: Loss, Equatable, Codable {
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
    // -t log σ(z) - (1-t) log(1-σ(z)) = max(z, 0) - t z + log(1 + exp(-|z|)), in which nothing overflows.
    var sum: S = 0
    for k in 0..<count {
      let z = outputs[k]
      sum += Swift.max(z, 0) - values[k] * z + logOnePlus(S._exp(-abs(z)))
    }
    if let gradient {
      let factor = scale / S(count)
      kernels.sigmoid(count, outputs, scratch)
      for k in 0..<count { gradient[k] = factor * (scratch[k] - values[k]) }
    }
    return sum / S(count)
  }

  /// log(1 + u) for u in 0...1 without the loss of digits of a small u.
  ///
  /// The rounding of 1 + u changes u to w - 1 exactly, and log(w)/(w - 1) is nearly the same at both
  /// (Goldberg 1991, theorem 4).
  @inline(__always)
  private func logOnePlus<S: Scalar>(_ u: S) -> S {
    let w = 1 + u
    return w == 1 ? u : S._log(w) * (u / (w - 1))
  }
}
