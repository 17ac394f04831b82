import ComplexModule
import RealModule
import Testing

@testable import GatewiseReference

/// σ and tanh by the complex step against their analytic derivatives, over the range in which they are ever evaluated.
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
      return (value == expected ? 0 : abs(value - expected) / abs(expected), x)
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
