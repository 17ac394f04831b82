/// A seedable random number generator whose sequence is the same in every run, on every platform and in every version
/// of Swift.
///
/// The generator is xoshiro256** (Blackman and Vigna, *Scrambled Linear Pseudorandom Number Generators*, ACM TOMS 47,
/// 2021), its state filled by SplitMix64. One seed gives an independent stream for every name: the name's FNV-1a hash
/// is mixed into the state, so that adding a stream to a program does not change the numbers of the others.
///
/// A stream is a value: a copy continues independently. Encoding it saves its position.
///
/// All numbers, `Float` included, are drawn in `Double` and rounded at the end; the same seed therefore gives a `Float`
/// and a `Double` model the same parameters up to that rounding.
public struct RandomStream: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// Makes the unnamed stream of a seed.
  public init(seed: UInt64) {
    self.init(mixing: seed)
  }

  /// Makes the stream of a seed with a name, for example `"initialization"` or `"shuffle"`.
  public init(seed: UInt64, name: String) {
    var mixer = SplitMix64(state: seed)
    self.init(mixing: mixer.next() ^ Self.fnv1a(name))
  }

  private init(mixing seed: UInt64) {
    var mixer = SplitMix64(state: seed)
    (s0, s1, s2, s3) = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    let result = Self.rotate(s1 &* 5, by: 7) &* 9
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = Self.rotate(s3, by: 45)
    return result
  }

  /// Returns a number uniformly distributed over `range`, one of 2⁵³ equally spaced ones.
  ///
  /// The upper bound itself occurs only through rounding to `S`.
  public mutating func uniform<S: Scalar>(in range: ClosedRange<S>) -> S {
    let (lower, upper) = (Double(range.lowerBound), Double(range.upperBound))
    return min(S(lower + (upper - lower) * unit()), range.upperBound)
  }

  /// Returns a number from the normal distribution of mean 0 and variance 1, by Marsaglia's polar method.
  ///
  /// Takes a varying number of 64-bit draws, 2.5 on average. The last bit depends on the platform's logarithm.
  public mutating func normal<S: Scalar>() -> S {
    while true {
      let (u, v) = (2 * unit() - 1, 2 * unit() - 1)
      let square = u * u + v * v
      if square > 0, square < 1 { return S(u * (-2 * Double.log(square) / square).squareRoot()) }
    }
  }

  /// Returns an index uniformly distributed over `0..<count`, without bias (Lemire, ACM TOMACS 29, 2019).
  ///
  /// - Precondition: `count` is positive.
  package mutating func index(below count: Int) -> Int {
    precondition(count > 0, "count must be positive, but is \(count)")
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Shuffles the elements, with every order equally probable (Fisher and Yates).
  ///
  /// Unlike that of the standard library's `shuffle(using:)`, whose algorithm may change, the order never changes.
  package mutating func shuffle<Element>(_ array: inout [Element]) {
    var last = array.count - 1
    while last > 0 {
      array.swapAt(last, index(below: last + 1))
      last -= 1
    }
  }

  /// Returns a multiple of 2⁻⁵³ in 0 ≤ u < 1.
  private mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  private static func rotate(_ x: UInt64, by k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

  static func fnv1a(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// Steele, Lea and Flood's generator (OOPSLA 2014), which expands a seed into a larger state.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
