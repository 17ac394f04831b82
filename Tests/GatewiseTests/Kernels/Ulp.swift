#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The arithmetic of the oracles: 64 bits of mantissa if the processor has them.
#if arch(x86_64)
  typealias Wide = Float80
#else
  typealias Wide = Double
#endif

/// σ without cancellation or overflow on either side.
func wideSigmoid(_ x: Wide) -> Wide { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

func wideTanh(_ x: Wide) -> Wide { tanh(x) }

/// The distance of `value` from `reference` in units in the last place that S has at `reference`, denormals included;
/// infinite if one of them is NaN.
func ulps<S: BinaryFloatingPoint>(_ value: S, _ reference: Wide) -> Double {
  let exponent = max(
    reference == 0 ? Int.min : Int(reference.exponent), Int(S.leastNormalMagnitude.exponent))
  let ulp = Wide(sign: .plus, exponent: exponent - S.significandBitCount, significand: 1)
  let distance = abs(Wide(value) - reference) / ulp
  return distance.isNaN ? .infinity : Double(distance)
}

/// The largest error and its argument.
struct Worst<S: BinaryFloatingPoint & Sendable>: Sendable {
  private(set) var error = 0.0
  private(set) var argument: S = 0

  mutating func take(_ error: Double, at argument: S) {
    guard error > self.error else { return }
    (self.error, self.argument) = (error, argument)
  }
}

/// Slower builds test fewer points.
#if DEBUG
  let sampleDivisor = 50
#else
  let sampleDivisor = 1
#endif
