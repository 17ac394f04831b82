extension ReferenceCell {
  /// A function of one number: g, h, or the activation function of the gates.
  public enum Squash: Sendable, Hashable {
    /// tanh(x)
    case tanh
    /// x
    case identity
    /// σ(x)
    case logistic
    /// 2σ(x) - 1
    case centeredLogistic
    /// 4σ(x) - 2
    case doubledLogistic
    /// x where x > 0, else 0
    case relu
    /// x / (1 + |x|)
    case softsign
    /// αx + β
    case affine(alpha: Double, beta: Double)
    /// αx where x < 0, else x
    case leakyReLU(alpha: Double)
    /// x where x > α, else 0
    case thresholdedReLU(alpha: Double)
    /// α tanh(βx)
    case scaledTanh(alpha: Double, beta: Double)
    /// αx + β, held in [0, 1]
    case hardSigmoid(alpha: Double, beta: Double)
    /// α(exp(x) - 1) where x < 0, else x
    case elu(alpha: Double)
    /// log(1 + exp(x))
    case softplus

    /// The functions without parameters.
    public static let plain: [Squash] = [
      .tanh, .identity, .logistic, .centeredLogistic, .doubledLogistic, .relu, .softsign, .softplus,
    ]
  }
}
