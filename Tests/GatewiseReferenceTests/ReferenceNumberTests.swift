import ComplexModule
import RealModule
import Testing

@testable import GatewiseReference

/// Every function of a cell by the complex step against its analytic derivative, over the range in which it is ever
/// evaluated.
@Suite struct ReferenceNumberTests {
  /// -40 to 40 in steps of 1/64, and small numbers of both signs.
  static let points: [Double] = {
    let grid = (-2560...2560).map { Double($0) / 64 }
    let small = (1...20).map { Double.exp10(-Double($0)) }
    return grid + small + small.map { -$0 }
  }()

  /// The largest relative difference over `points`, printed with the point where it was found.
  func worst(_ name: String, _ value: (Double) -> Double, _ expected: (Double) -> Double) -> Double {
    let (found, x) = Self.points.map { x -> (Double, Double) in
      let (value, expected) = (value(x), expected(x))
      // h² = 1e-60 is what the real part may be off by.
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

  /// g and h: each value against another formula, each derivative against its own.
  @Test(arguments: ReferenceCell.Squash.allCases)
  func squashing(_ squash: ReferenceCell.Squash) {
    func expected(_ x: Double) -> (value: Double, derivative: Double) {
      let e = Double.exp(-abs(x))
      let logisticSlope = e / ((1 + e) * (1 + e))
      let centered = x < 0 ? .expMinusOne(x) / (1 + e) : -.expMinusOne(-x) / (1 + e)
      switch squash {
      case .tanh: return (.tanh(x), 4 * e * e / ((1 + e * e) * (1 + e * e)))
      case .identity: return (x, 1)
      case .logistic: return (x < 0 ? e / (1 + e) : 1 / (1 + e), logisticSlope)
      case .centeredLogistic: return (centered, 2 * logisticSlope)
      case .doubledLogistic: return (2 * centered, 4 * logisticSlope)
      case .relu: return (max(0, x), x > 0 ? 1 : 0)
      case .softsign: return (x / (1 + abs(x)), 1 / ((1 + abs(x)) * (1 + abs(x))))
      }
    }
    let value = worst("\(squash) of Double", { Double.squash($0, squash) }, { expected($0).value })
    let real = worst(
      "real part of \(squash)", { Complex.squash(Complex($0, 1e-30), squash).real }, { expected($0).value })
    let slope = worst(
      "\(squash)' by the complex step", complexStep { Complex.squash($0, squash) }, { expected($0).derivative })
    #expect(max(value, real, slope) < 2e-15)
  }

  @Test func values() {
    let tanh = worst("tanh of Double", Double.hyperbolicTangent, Double.tanh)
    let complexTanh = worst("real part of tanh", { Complex.hyperbolicTangent(Complex($0, 1e-30)).real }, Double.tanh)
    // σ(x) = (1 + tanh(x/2)) / 2 cancels where x < 0; σ(-x) = exp(-x) σ(x) serves there.
    func logistic(_ x: Double) -> Double {
      x < 0 ? .exp(x) * (1 + .tanh(-x / 2)) / 2 : (1 + .tanh(x / 2)) / 2
    }
    let sigma = worst("σ of Double", Double.logistic, logistic)
    let complexSigma = worst("real part of σ", { Complex.logistic(Complex($0, 1e-30)).real }, logistic)
    #expect(max(tanh, complexTanh, sigma, complexSigma) < 1e-15)
  }

  /// Far out the values saturate and the derivatives vanish: no infinity, no NaN.
  @Test(arguments: [800.0, 1e6, -800, -1e6])
  func farOut(x: Double) {
    let z = Complex(x, 1e-30)
    #expect(Complex.logistic(z) == Complex(x > 0 ? 1 : 0))
    #expect(Complex.hyperbolicTangent(z) == Complex(x > 0 ? 1 : -1))
    #expect(Double.logistic(x) == (x > 0 ? 1 : 0))
    #expect(Double.hyperbolicTangent(x) == (x > 0 ? 1 : -1))
  }
}
