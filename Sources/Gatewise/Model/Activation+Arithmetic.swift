// Every derivative is a function of the activation's value, so that the backward pass needs only the stored values.

extension Activation {
  /// Applies the function element by element, y = f(x); y may be x.
  func apply<S: Scalar>(_ x: VectorView<S>, into y: VectorView<S>, _ kernels: Kernels<S>) {
    let count = x.count
    switch self {
    case .tanh: kernels.tanh(x, into: y)
    case .logistic: kernels.sigmoid(x, into: y)
    // 2σ(x) - 1 = tanh(x/2), which avoids the cancellation of the difference near 0.
    case .centeredLogistic: scaledTanh(x, into: y, scale: 1, kernels)
    case .doubledLogistic: scaledTanh(x, into: y, scale: 2, kernels)
    case .identity: y.copy(from: x)
    case .relu: for j in 0..<count { y[j] = x[j] < 0 ? 0 : x[j] }  // NaN stays NaN
    case .softsign: for j in 0..<count { y[j] = x[j] / (1 + abs(x[j])) }
    // max(0, x) + ln(1 + e^-|x|) does not overflow.
    case .softplus: for j in 0..<count { y[j] = max(x[j], 0) + S.log(onePlus: S.exp(-abs(x[j]))) }
    case .affine(let alpha, let beta): for j in 0..<count { y[j] = S(alpha) * x[j] + S(beta) }
    case .leakyReLU(let alpha): for j in 0..<count { y[j] = x[j] < 0 ? S(alpha) * x[j] : x[j] }
    case .thresholdedReLU(let alpha): for j in 0..<count { y[j] = x[j] <= S(alpha) ? 0 : x[j] }
    case .scaledTanh(let alpha, let beta): scaledTanh(x, into: y, slope: S(beta), scale: S(alpha), kernels)
    case .hardSigmoid(let alpha, let beta):
      for j in 0..<count { y[j] = S(alpha) * x[j] + S(beta) }
      clip(y, to: 0...1)
    case .elu(let alpha): for j in 0..<count { y[j] = x[j] < 0 ? S(alpha) * S.expMinusOne(x[j]) : x[j] }
    }
  }

  /// Computes y = scale · tanh(slope · x).
  private func scaledTanh<S: Scalar>(
    _ x: VectorView<S>, into y: VectorView<S>, slope: S = 0.5, scale: S, _ kernels: Kernels<S>
  ) {
    for j in 0..<x.count { y[j] = x[j] * slope }
    kernels.tanh(y, into: y)
    if scale != 1 { for j in 0..<y.count { y[j] *= scale } }
  }

  /// Returns the derivative at the point where the function has the value y.
  @inline(__always)
  func derivative<S: Scalar>(atValue y: S) -> S {
    switch self {
    case .tanh: 1 - y * y
    case .logistic: y * (1 - y)
    case .centeredLogistic: (1 - y) * (1 + y) / 2
    case .doubledLogistic: (2 - y) * (2 + y) / 4
    case .identity: 1
    case .relu: y > 0 ? 1 : 0
    case .softsign: (1 - abs(y)) * (1 - abs(y))
    case .softplus: -S.expMinusOne(-y)
    case .affine(let alpha, _): S(alpha)
    case .leakyReLU(let alpha): y > 0 ? 1 : S(alpha)
    case .thresholdedReLU: y > 0 ? 1 : 0
    case .scaledTanh(let alpha, let beta): S(beta) * (S(alpha) - y) * (S(alpha) + y) / S(alpha)
    case .hardSigmoid(let alpha, _): y > 0 && y < 1 ? S(alpha) : 0
    case .elu(let alpha): y > 0 ? 1 : y + S(alpha)
    }
  }
}
