import Gatewise

extension Activation {
  /// The values that the function comes close to at both ends; nil where it has no such ends.
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
