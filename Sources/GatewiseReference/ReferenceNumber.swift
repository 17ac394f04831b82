import ComplexModule
import RealModule

/// A number type that the scalar LSTM can run on: Double for values, Complex<Double> for derivatives.
protocol ReferenceNumber: AlgebraicField, ElementaryFunctions, Sendable {
  init(_ real: Double)
  var realPart: Double { get }
}

extension Double: ReferenceNumber {
  var realPart: Double { self }
}

extension Complex<Double>: ReferenceNumber {
  var realPart: Double { real }
}

// Goals, in this order: the imaginary part of f(x + ih) is h f'(x) to a few units in the last place wherever f'(x) is a
// normal number; the real part is f(x) to the same accuracy; one formula for both number types. The library's complex
// tanh fails the first goal: it drops the imaginary part for |x| > 36, and loses digits of it well before.

extension ReferenceNumber {
  /// σ(z) = 1 / (1 + exp(-z)). The imaginary part is that of exp(-z) over |1 + exp(-z)|²: nothing cancels.
  static func logistic(_ z: Self) -> Self {
    1 / (1 + exp(-z))
  }

  /// tanh(z) = m / (m + 2) with m = exp(2z) - 1, evaluated on the side where the real part of z is negative.
  ///
  /// The derivative of the quotient is m'(m + 2) - m m' over (m + 2)²; with -1 ≤ m ≤ 0 both terms have one sign.
  static func hyperbolicTangent(_ z: Self) -> Self {
    if z.realPart > 0 { return -hyperbolicTangent(-z) }
    let m = expMinusOne(z + z)
    return m / (m + 2)
  }
}
