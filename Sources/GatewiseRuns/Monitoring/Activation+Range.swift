import Gatewise

extension Activation {
  /// The lower and upper bound of the function; nil if it is unbounded.
  var range: ClosedRange<Double>? {
    switch self {
    case .logistic, .hardSigmoid: 0...1
    case .tanh, .centeredLogistic, .softsign: -1...1
    case .doubledLogistic: -2...2
    case .scaledTanh(let alpha, _): -abs(alpha)...abs(alpha)
    case .identity, .relu, .softplus, .affine, .leakyReLU, .thresholdedReLU, .elu: nil
    }
  }
}
