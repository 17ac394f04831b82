/// Stochastic gradient descent, `torch.optim.SGD` without dampening.
///
///     g ← g + λ θ                     λ: weight decay
///     v ← μ v + g                     μ: momentum, if above 0; else v = g
///     θ ← θ - η v                     with Nesterov momentum θ ← θ - η (g + μ v)
///
/// Sutskever et al. 2013 for the form of Nesterov momentum.
public struct SGD: Optimizer {
  /// η, the base learning rate, > 0.
  public var learningRate: Double
  /// μ, the momentum, 0 ≤ μ < 1.
  package var momentum: Double
  /// Whether to use Nesterov momentum; requires a momentum above 0.
  package var nesterov: Bool
  /// λ, the weight decay as an L2 penalty, ≥ 0.
  public var weightDecay: Double

  /// Makes an optimizer, by default without momentum.
  package init(learningRate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// v, with momentum.
  public var momentNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a setting outside the bounds given above.
  public func validate() throws(GatewiseError) {
    try validateRates()
    try require(momentum >= 0 && momentum < 1, "momentum", momentum, "at least 0 and below 1")
    guard !nesterov || momentum > 0 else {
      throw .invalidArgument("Nesterov momentum requires a momentum above 0; set the momentum or turn nesterov off.")
    }
  }

  /// Applies the formulas above to one segment.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func update<S: Scalar>(_ segment: UpdateSegment<S>) {
    let theta = segment.parameters
    let (eta, mu, lambda) = (S(segment.learningRate), S(momentum), S(segment.weightDecay))
    guard momentum != 0 else {
      for j in 0..<segment.count { theta[j] -= eta * (segment.gradient(j) + lambda * theta[j]) }
      return
    }
    let v = segment.moment(0)
    for j in 0..<segment.count {
      let g = segment.gradient(j) + lambda * theta[j]
      v[j] = mu * v[j] + g
      theta[j] -= eta * (nesterov ? g + mu * v[j] : v[j])
    }
  }
}

extension Optimizer where Self == SGD {
  /// Stochastic gradient descent; see ``SGD``.
  public static func sgd(
    learningRate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0
  ) -> SGD {
    SGD(learningRate: learningRate, momentum: momentum, nesterov: nesterov, weightDecay: weightDecay)
  }
}
