/// The RMSprop optimizer, which divides gradients by their running root mean square: `torch.optim.RMSprop`, not
/// centered.
///
///     g ← g + λ θ                     λ: weight decay
///     v ← α v + (1-α) g²
///     b ← μ b + g / (√v + ε)          μ: momentum, if above 0; else b = g / (√v + ε)
///     θ ← θ - η b
///
/// Tieleman & Hinton 2012, lecture 6.5; ε is added after the root, as in PyTorch.
public struct RMSprop: Optimizer {
  /// η, the base learning rate, > 0.
  public var learningRate: Double
  /// α, the decay rate of the mean square, 0 ≤ α < 1.
  package var decay: Double
  /// ε, which keeps the quotient finite, > 0.
  package var epsilon: Double
  /// μ, the momentum, 0 ≤ μ < 1.
  package var momentum: Double
  /// λ, the weight decay as an L2 penalty, ≥ 0.
  public var weightDecay: Double

  /// Makes an optimizer; the defaults are PyTorch's.
  package init(
    learningRate: Double = 1e-2, decay: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.decay = decay
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// v and, with momentum, b.
  public var momentNames: [String] { momentum == 0 ? ["square_avg"] : ["square_avg", "momentum_buffer"] }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a setting outside the bounds given above.
  public func validate() throws(GatewiseError) {
    try validateRates()
    try require(decay >= 0 && decay < 1, "decay", decay, "at least 0 and below 1")
    try require(epsilon > 0 && epsilon.isFinite, "epsilon", epsilon, "a finite number above 0")
    try require(momentum >= 0 && momentum < 1, "momentum", momentum, "at least 0 and below 1")
  }

  /// Applies the formulas above to one segment.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func update<S: Scalar>(_ segment: UpdateSegment<S>) {
    let (theta, v) = (segment.parameters, segment.moment(0))
    let (eta, lambda, epsilon, mu) = (S(segment.learningRate), S(segment.weightDecay), S(epsilon), S(momentum))
    let (kept, added) = (S(decay), S(1 - decay))
    guard momentum != 0 else {
      for j in 0..<segment.count {
        let g = segment.gradient(j) + lambda * theta[j]
        v[j] = kept * v[j] + added * (g * g)
        theta[j] -= eta * (g / (S.sqrt(v[j]) + epsilon))
      }
      return
    }
    let b = segment.moment(1)
    for j in 0..<segment.count {
      let g = segment.gradient(j) + lambda * theta[j]
      v[j] = kept * v[j] + added * (g * g)
      b[j] = mu * b[j] + g / (S.sqrt(v[j]) + epsilon)
      theta[j] -= eta * b[j]
    }
  }
}

extension Optimizer where Self == RMSprop {
  /// RMSprop; see ``RMSprop``.
  public static func rmsprop(
    learningRate: Double = 1e-2, decay: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0
  ) -> RMSprop {
    RMSprop(
      learningRate: learningRate, decay: decay, epsilon: epsilon, momentum: momentum, weightDecay: weightDecay)
  }
}
