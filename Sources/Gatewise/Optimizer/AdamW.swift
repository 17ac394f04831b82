/// The Adam optimizer with decoupled weight decay, `torch.optim.AdamW`.
///
///     θ ← θ - η λ θ                   λ: weight decay, outside the moments
///     then Adam's update without a penalty
///
/// Loshchilov & Hutter 2019, algorithm 2, with the decay multiplied by the learning rate as in PyTorch.
public struct AdamW: Optimizer {
  /// η, the base learning rate, > 0.
  public var learningRate: Double
  /// β₁, the decay rate of the mean gradient, 0 ≤ β₁ < 1.
  package var beta1: Double
  /// β₂, the decay rate of the mean square, 0 ≤ β₂ < 1.
  package var beta2: Double
  /// ε, which keeps the quotient finite, > 0.
  package var epsilon: Double
  /// λ, the decoupled weight decay, ≥ 0.
  public var weightDecay: Double

  /// Makes an optimizer; the defaults are PyTorch's.
  package init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// m and v.
  public var momentNames: [String] { adam.momentNames }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a setting outside the bounds given above.
  public func validate() throws(GatewiseError) {
    try validateRates()
    try adam.validate()
  }

  /// Applies the formulas above to one segment.
  public func update<S: Scalar>(_ segment: UpdateSegment<S>) {
    adam.update(segment, penalty: 0, shrinkage: segment.learningRate * segment.weightDecay)
  }

  /// The optimizer without weight decay.
  private var adam: Adam { Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon) }
}

extension Optimizer where Self == AdamW {
  /// Adam with decoupled weight decay; see ``AdamW``.
  public static func adamW(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) -> AdamW {
    AdamW(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
