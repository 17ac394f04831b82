/// A seedable source of random numbers whose sequence is the same in every run, on every platform and in every
/// version of Swift.
///
/// The generator is xoshiro256** (Blackman and Vigna, *Scrambled Linear Pseudorandom Number Generators*, ACM TOMS 47,
/// 2021), its state filled by SplitMix64. One seed gives as many independent streams as there are names: the name's
/// FNV-1a hash goes into the state, so that adding a stream to a program leaves the numbers of the others alone.
///
/// A stream is a value: a copy goes on by itself. Encoding it saves its position.
///
/// Everything that is drawn here, in `Float` too, is drawn in `Double` and rounded at the end; the same seed
/// therefore gives a `Float` and a `Double` model the same parameters up to that rounding.
public struct RandomStream: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// The stream of a seed that has no name.
  public init(seed: UInt64) {
    self.init(mixing: seed)
  }

  /// The stream of a seed that belongs to `name`, for example `"initialization"` or `"shuffle"`.
  public init(seed: UInt64, name: String) {
    var mixer = SplitMix64(state: seed)
    self.init(mixing: mixer.next() ^ Self.fnv1a(name))
  }

  private init(mixing seed: UInt64) {
    var mixer = SplitMix64(state: seed)
    (s0, s1, s2, s3) = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// The next 64 random bits.
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

  /// A number spread evenly over `range`, of 2⁵³ equally distant ones.
  ///
  /// The upper bound itself appears only through rounding to `S`.
  public mutating func uniform<S: Scalar>(in range: ClosedRange<S>) -> S {
    let (lower, upper) = (Double(range.lowerBound), Double(range.upperBound))
    return min(S(lower + (upper - lower) * unit()), range.upperBound)
  }

  /// A number from the normal distribution of mean 0 and variance 1, by Marsaglia's polar method.
  ///
  /// Takes a varying number of 64-bit draws, 2.5 on average. The last bit is that of the platform's logarithm.
  public mutating func normal<S: Scalar>() -> S {
    while true {
      let (u, v) = (2 * unit() - 1, 2 * unit() - 1)
      let square = u * u + v * v
      if square > 0, square < 1 { return S(u * (-2 * Double._log(square) / square).squareRoot()) }
    }
  }

  /// An index spread evenly over `0..<count`, without bias (Lemire, ACM TOMACS 29, 2019).
  ///
  /// - Precondition: `count` is positive.
  public mutating func index(below count: Int) -> Int {
    precondition(count > 0, "an index below \(count) does not exist")
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Puts the elements into a random order, every one of them equally probable (Fisher and Yates).
  ///
  /// Unlike the standard library's `shuffle(using:)`, whose algorithm may change, the order stays the same for ever.
  public mutating func shuffle<Element>(_ array: inout [Element]) {
    var last = array.count - 1
    while last > 0 {
      array.swapAt(last, index(below: last + 1))
      last -= 1
    }
  }

  /// A multiple of 2⁻⁵³ in 0 ≤ u < 1.
  private mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  private static func rotate(_ x: UInt64, by k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

  static func fnv1a(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// Steele, Lea and Flood's generator (OOPSLA 2014), used to spread a seed over a larger state.
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
