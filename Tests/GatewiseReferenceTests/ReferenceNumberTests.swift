import ComplexModule
import RealModule
import Testing

@testable import GatewiseReference

/// Every function of a cell by the complex step against its analytic derivative, over the whole range of its arguments.
@Suite struct ReferenceNumberTests {
  /// -40 to 40 in steps of 1/64, and small numbers of both signs.
  static let points: [Double] = {
    let grid = (-2560...2560).map { Double($0) / 64 }
    let small = (1...20).map { Double.exp10(-Double($0)) }
    return grid + small + small.map { -$0 }
  }()

  /// The largest relative difference over `points`, printed with its point.
  func worst(_ name: String, _ value: (Double) -> Double, _ expected: (Double) -> Double) -> Double {
    let (found, x) = Self.points.map { x -> (Double, Double) in
      let (value, expected) = (value(x), expected(x))
      // The error of the real part is at most h² = 1e-60.
      return (abs(value - expected) < 1e-59 ? 0 : abs(value - expected) / abs(expected), x)
    }.max { $0.0 < $1.0 }!
    print("\(name): relative difference \(found) at \(x)")
    return found
  }

  func complexStep(_ f: @escaping (Complex<Double>) -> Complex<Double>) -> (Double) -> Double {
    { x in f(Complex(x, 1e-30)).imaginary / 1e-30 }
  }

  @Test func derivativeOfTheLogistic() {
    let found = worst("σ' by the complex step", complexStep(Complex.logistic)) { x in
      let e = Double.exp(-abs(x))
      return e / ((1 + e) * (1 + e))
    }
    #expect(found < 1e-15)
  }

  @Test func derivativeOfTheHyperbolicTangent() {
    let found = worst("tanh' by the complex step", complexStep(Complex.hyperbolicTangent)) { x in
      let e = Double.exp(-2 * abs(x))
      return 4 * e / ((1 + e) * (1 + e))
    }
    #expect(found < 1e-15)
  }

  static let squashes: [ReferenceCell.Squash] =
    ReferenceCell.Squash.plain + [
      .affine(alpha: 0.3, beta: -0.5), .leakyReLU(alpha: 0.01), .thresholdedReLU(alpha: 1.2),
      .scaledTanh(alpha: 1.7, beta: 0.6), .hardSigmoid(alpha: 0.2, beta: 0.5), .elu(alpha: 0.8),
    ]

  /// g, h and σ: each value against another formula, each derivative against its own.
  @Test(arguments: squashes)
  func squashing(_ squash: ReferenceCell.Squash) {
    func expected(_ x: Double) -> (value: Double, derivative: Double) {
      let e = Double.exp(-abs(x))
      let logisticSlope = e / ((1 + e) * (1 + e))
      let centered = x < 0 ? .expMinusOne(x) / (1 + e) : -.expMinusOne(-x) / (1 + e)
      let sigma = x < 0 ? e / (1 + e) : 1 / (1 + e)
      switch squash {
      case .tanh: return (.tanh(x), 4 * e * e / ((1 + e * e) * (1 + e * e)))
      case .identity: return (x, 1)
      case .logistic: return (sigma, logisticSlope)
      case .centeredLogistic: return (centered, 2 * logisticSlope)
      case .doubledLogistic: return (2 * centered, 4 * logisticSlope)
      case .relu: return (max(0, x), x > 0 ? 1 : 0)
      case .softsign: return (x / (1 + abs(x)), 1 / ((1 + abs(x)) * (1 + abs(x))))
      case .softplus: return (max(0, x) + .log(onePlus: e), sigma)
      case .affine(let alpha, let beta): return (alpha * x + beta, alpha)
      case .leakyReLU(let alpha): return x < 0 ? (alpha * x, alpha) : (x, 1)
      case .thresholdedReLU(let alpha): return x > alpha ? (x, 1) : (0, 0)
      case .scaledTanh(let alpha, let beta):
        let e = Double.exp(-2 * abs(beta * x))
        return (alpha * .tanh(beta * x), alpha * beta * 4 * e / ((1 + e) * (1 + e)))
      case .hardSigmoid(let alpha, let beta):
        let line = alpha * x + beta
        return (min(1, max(0, line)), line > 0 && line < 1 ? alpha : 0)
      case .elu(let alpha): return x < 0 ? (alpha * .expMinusOne(x), alpha * e) : (x, 1)
      }
    }
    let value = worst("\(squash) of Double", { Double.squash($0, squash) }, { expected($0).value })
    let real = worst(
      "real part of \(squash)", { Complex.squash(Complex($0, 1e-30), squash).real }, { expected($0).value })
    let slope = worst(
      "\(squash)' by the complex step", complexStep { Complex.squash($0, squash) }, { expected($0).derivative })
    #expect(max(value, real, slope) < 2e-15)
  }

  /// The root by which layer normalization divides.
  @Test func derivativeOfTheRoot() {
    let found = worst("√' by the complex step", complexStep { Complex.sqrt($0 * $0 + Complex(1e-5)) }) { x in
      x / (x * x + 1e-5).squareRoot()
    }
    #expect(found < 1e-15)
  }

  /// A clip passes values inside its bounds, and is constant on and outside them.
  @Test func held() {
    let z = Complex(0.5, 1e-30)
    #expect(Complex.held(z, in: -0.6...0.6) == z)
    #expect(Complex.held(z, in: -0.4...0.4) == Complex(0.4) && Complex.held(-z, in: -0.4...0.4) == Complex(-0.4))
    #expect(Complex.held(z, in: -0.5...0.5) == Complex(0.5))
    #expect(Double.held(-3, in: -2...2) == -2 && Double.held(1, in: -2...2) == 1)
  }

  @Test func values() {
    let tanh = worst("tanh of Double", Double.hyperbolicTangent, Double.tanh)
    let complexTanh = worst("real part of tanh", { Complex.hyperbolicTangent(Complex($0, 1e-30)).real }, Double.tanh)
    // σ(x) = (1 + tanh(x/2)) / 2 cancels for x < 0; there the test uses σ(-x) = exp(-x) σ(x).
    func logistic(_ x: Double) -> Double {
      x < 0 ? .exp(x) * (1 + .tanh(-x / 2)) / 2 : (1 + .tanh(x / 2)) / 2
    }
    let sigma = worst("σ of Double", Double.logistic, logistic)
    let complexSigma = worst("real part of σ", { Complex.logistic(Complex($0, 1e-30)).real }, logistic)
    #expect(max(tanh, complexTanh, sigma, complexSigma) < 1e-15)
  }

  /// For large arguments the values saturate and the derivatives vanish: no infinity, no NaN.
  @Test(arguments: [800.0, 1e6, -800, -1e6])
  func farOut(x: Double) {
    let z = Complex(x, 1e-30)
    #expect(Complex.logistic(z) == Complex(x > 0 ? 1 : 0))
    #expect(Complex.hyperbolicTangent(z) == Complex(x > 0 ? 1 : -1))
    #expect(Double.logistic(x) == (x > 0 ? 1 : 0))
    #expect(Double.hyperbolicTangent(x) == (x > 0 ? 1 : -1))
    #expect(Complex.squash(z, .softplus) == (x > 0 ? z : 0) && Double.squash(x, .softplus) == max(0, x))
    #expect(Complex.squash(z, .elu(alpha: 0.5)) == (x > 0 ? z : Complex(-0.5)))
  }
}
