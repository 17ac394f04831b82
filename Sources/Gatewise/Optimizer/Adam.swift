#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The Adam optimizer (adaptive moments), `torch.optim.Adam`.
///
///     g ← g + λ θ                     λ: weight decay, here an L2 penalty; `AdamW` decouples it
///     m ← m + (1-β₁) (g - m)
///     v ← β₂ v + (1-β₂) g²
///     θ ← θ - η/(1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε)
///
/// Kingma & Ba 2015, algorithm 1; t counts updates from 1.
public struct Adam: Optimizer {
  /// η, the base learning rate, > 0.
  public var learningRate: Double
  /// β₁, the decay rate of the mean gradient, 0 ≤ β₁ < 1.
  package var beta1: Double
  /// β₂, the decay rate of the mean square, 0 ≤ β₂ < 1.
  package var beta2: Double
  /// ε, which keeps the quotient finite, > 0.
  package var epsilon: Double
  /// λ, the weight decay as an L2 penalty, ≥ 0.
  public var weightDecay: Double

  /// Makes an optimizer; the defaults are PyTorch's.
  package init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// m and v.
  public var momentNames: [String] { ["exp_avg", "exp_avg_sq"] }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a setting outside the bounds given above.
  public func validate() throws(GatewiseError) {
    try validateRates()
    try require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and below 1")
    try require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and below 1")
    try require(epsilon > 0 && epsilon.isFinite, "epsilon", epsilon, "a finite number above 0")
  }

  /// Applies the formulas above to one segment.
  public func update<S: Scalar>(_ segment: UpdateSegment<S>) {
    update(segment, penalty: segment.weightDecay, shrinkage: 0)
  }

  /// Applies Adam's update with weight decay in either form: λ θ in the gradient, or θ ← (1 - shrinkage) θ before it.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func update<S: Scalar>(_ segment: UpdateSegment<S>, penalty: Double, shrinkage: Double) {
    let (theta, m, v) = (segment.parameters, segment.moment(0), segment.moment(1))
    let t = Double(segment.number)
    let rate = S(segment.learningRate / (1 - pow(beta1, t)))
    let rootCorrection = S((1 - pow(beta2, t)).squareRoot())
    let (lambda, kept, epsilon) = (S(penalty), S(1 - shrinkage), S(epsilon))
    let (added1, kept2, added2) = (S(1 - beta1), S(beta2), S(1 - beta2))
    for j in 0..<segment.count {
      let g = segment.gradient(j) + lambda * theta[j]
      m[j] += added1 * (g - m[j])
      v[j] = kept2 * v[j] + added2 * (g * g)
      theta[j] = kept * theta[j] - rate * (m[j] / (S.sqrt(v[j]) / rootCorrection + epsilon))
    }
  }
}

extension Optimizer where Self == Adam {
  /// Adam; see ``Adam``.
  public static func adam(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) -> Adam {
    Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
