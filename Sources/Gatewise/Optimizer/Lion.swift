/// The Lion optimizer (evolved sign momentum), which changes every parameter by the same amount, up or down.
///
///     u ← sign(β₁ m + (1-β₁) g)
///     θ ← θ - η (u + λ θ)             λ: weight decay, outside the moment
///     m ← β₂ m + (1-β₂) g
///
/// One moment, half the memory of Adam's two. Its learning rate is usually a third to a tenth of Adam's.
///
/// Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2.
public struct Lion: Optimizer {
  /// η > 0, the change of every parameter in an update.
  public var learningRate: Double
  /// β₁, the share of the moment in the direction of an update, 0 ≤ β₁ < 1.
  package var beta1: Double
  /// β₂, the decay of the moment, 0 ≤ β₂ < 1.
  package var beta2: Double
  /// λ ≥ 0, decoupled: multiplied by the learning rate alone.
  public var weightDecay: Double

  /// Makes an optimizer; the defaults are the paper's.
  package init(learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    (self.learningRate, self.beta1, self.beta2, self.weightDecay) = (learningRate, beta1, beta2, weightDecay)
  }

  /// m
  public var momentNames: [String] { ["exp_avg"] }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that names the setting, its bounds and its value.
  public func validate() throws(GatewiseError) {
    try validateRates()
    try require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and below 1")
    try require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and below 1")
  }

  /// Updates the parameters of one segment. O(count).
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func update<S: Scalar>(_ segment: UpdateSegment<S>) {
    let (theta, m) = (segment.parameters, segment.moment(0))
    let (eta, lambda) = (S(segment.learningRate), S(segment.weightDecay))
    let (kept1, added1, kept2, added2) = (S(beta1), S(1 - beta1), S(beta2), S(1 - beta2))
    for j in 0..<segment.count {
      let g = segment.gradient(j)
      let direction = kept1 * m[j] + added1 * g
      let u: S = direction > 0 ? 1 : direction < 0 ? -1 : 0
      theta[j] -= eta * (u + lambda * theta[j])
      m[j] = kept2 * m[j] + added2 * g
    }
  }
}

extension Optimizer where Self == Lion {
  /// Lion; see ``Lion``.
  public static func lion(
    learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0
  ) -> Lion {
    Lion(learningRate: learningRate, beta1: beta1, beta2: beta2, weightDecay: weightDecay)
  }
}
