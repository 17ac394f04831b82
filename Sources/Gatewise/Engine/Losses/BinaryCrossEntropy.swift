/// The binary cross entropy of K independent logits, their mean: PyTorch's `BCEWithLogitsLoss`.
///
///     ℓ = -1/K Σ_k t_k log σ(z_k) + (1 - t_k) log(1 - σ(z_k))        ∂ℓ/∂z_k = 1/K (σ(z_k) - t_k)
///
/// The targets t are probabilities, 0 to 1.
public struct BinaryCrossEntropy: KernelLoss, Equatable {
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
    // -t log σ(z) - (1-t) log(1-σ(z)) = max(z, 0) - t z + log(1 + exp(-|z|)), in which nothing overflows.
    var sum: S = 0
    for k in 0..<count {
      let z = outputs[k]
      sum += Swift.max(z, 0) - values[k] * z + logOnePlus(S.exp(-abs(z)))
    }
    if let slope = row.slope {
      let factor = row.scale / S(count)
      row.kernels.sigmoid(count, outputs.base, row.scratch.base)
      for k in 0..<count { slope[k] = factor * (row.scratch[k] - values[k]) }
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
    return w == 1 ? u : S.log(w) * (u / (w - 1))
  }
}

extension Loss where Self == BinaryCrossEntropy {
  /// The binary cross entropy of logits; see ``BinaryCrossEntropy``.
  public static var binaryCrossEntropy: BinaryCrossEntropy { BinaryCrossEntropy() }
}
