import ComplexModule
import RealModule

// The functions of a cell. If a function has branches, the real part selects one.

extension ReferenceNumber {
  /// g or h of a cell, or the activation function of its gates.
  ///
  /// 2σ(z) - 1 = tanh(z/2), which does not cancel near 0.
  static func squash(_ z: Self, _ function: ReferenceCell.Squash) -> Self {
    let x = z.realPart
    switch function {
    case .tanh: return hyperbolicTangent(z)
    case .identity: return z
    case .logistic: return logistic(z)
    case .centeredLogistic: return hyperbolicTangent(z / 2)
    case .doubledLogistic: return 2 * hyperbolicTangent(z / 2)
    case .relu: return x > 0 ? z : 0
    case .softsign: return x < 0 ? -risingSoftsign(-z) : risingSoftsign(z)
    case .affine(let alpha, let beta): return Self(alpha) * z + Self(beta)
    case .leakyReLU(let alpha): return x < 0 ? Self(alpha) * z : z
    case .thresholdedReLU(let alpha): return x > alpha ? z : 0
    case .scaledTanh(let alpha, let beta): return Self(alpha) * hyperbolicTangent(Self(beta) * z)
    case .hardSigmoid(let alpha, let beta): return held(Self(alpha) * z + Self(beta), in: 0...1)
    case .elu(let alpha): return x < 0 ? Self(alpha) * expMinusOne(z) : z
    case .softplus: return x > 0 ? z + log(onePlus: exp(-z)) : log(onePlus: exp(z))
    }
  }

  /// z if its real part is inside the bounds, otherwise the bound, which is a constant.
  static func held(_ z: Self, in bounds: ClosedRange<Double>) -> Self {
    if z.realPart <= bounds.lowerBound { return Self(bounds.lowerBound) }
    return z.realPart >= bounds.upperBound ? Self(bounds.upperBound) : z
  }

  /// z / (1 + z) for a non-negative real part. Above 1 it is 1 - 1 / (1 + z), because the derivative of the quotient
  /// would cancel.
  private static func risingSoftsign(_ z: Self) -> Self {
    z.realPart > 1 ? 1 - 1 / (1 + z) : z / (1 + z)
  }
}

extension Array where Element: ReferenceNumber {
  /// The entries of a range, minus their mean and divided by the root of their variance: `ReferenceLayerNormalization`.
  func normalized(_ range: Range<Int>) -> [Element] {
    let count = Element(Double(range.count))
    let centered = {
      let mean = self[range].reduce(0, +) / count
      return self[range].map { $0 - mean }
    }()
    let variance = centered.reduce(0) { $0 + $1 * $1 } / count
    let root = Element.sqrt(variance + Element(ReferenceLayerNormalization.epsilon))
    return centered.map { $0 / root }
  }
}
