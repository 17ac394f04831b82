/// Random zeros on a matrix, as a function of row and column: whoever asks for a place, in whatever order and on whatever
/// thread, gets the same answer, and nothing is kept. What is not dropped has the factor 1/(1 - rate).
package struct DropMask: Sendable, Equatable {
  package let rate: Double
  private let key: UInt64
  private let threshold: UInt64
  /// Whose its rows are; nil where a row's number is its own.
  var rows: MaskRows?

  /// - Parameters:
  ///   - rate: at least 0 and below 1.
  ///   - seed: another seed is another mask.
  ///   - stream: what tells masks of one seed apart; see `stream(named:)`.
  init(rate: Double, seed: UInt64, stream: UInt64) {
    self.rate = rate
    key = Self.mix(seed &+ Self.mix(stream))
    threshold = UInt64(rate * 0x1p64)
  }

  /// The number of a name, by FNV-1a.
  package static func stream(named name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// The seed of one update among all of a training.
  static func seed(_ seed: UInt64, update: Int) -> UInt64 { mix(seed &+ mix(UInt64(bitPattern: Int64(update)))) }

  /// Whether a place is dropped.
  package func drops(_ row: Int, _ column: Int) -> Bool { Self.mix(rowKey(row) &+ UInt64(column)) < threshold }

  /// What a place is multiplied by.
  package func factor<S: Scalar>(_ row: Int, _ column: Int) -> S { drops(row, column) ? 0 : S(1 / (1 - rate)) }

  /// y = x ∘ a row of factors; y may be x.
  func apply<S: Scalar>(row: Int, _ count: Int, _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>) {
    let (key, stays) = (rowKey(row), S(1 / (1 - rate)))
    for j in 0..<count { y[j] = Self.mix(key &+ UInt64(j)) < threshold ? 0 : x[j] * stays }
  }

  @inline(__always)
  private func rowKey(_ row: Int) -> UInt64 { Self.mix(key &+ UInt64(rows?.number(of: row) ?? row)) }

  /// The output function of SplitMix64 (Steele, Lea & Flood 2014): every bit of the input changes half of the output's.
  @inline(__always)
  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// The rows n, or t·N + n, of some sequences of a larger batch, numbered as that batch numbers them: what is dropped does
/// not depend on how many processes share it.
package struct MaskRows: Sendable, Equatable {
  /// N of the sequences at hand, at least 1.
  let sequences: Int
  let share: BatchShare

  func number(of row: Int) -> Int {
    let (t, n) = row.quotientAndRemainder(dividingBy: sequences)
    return t * share.total + share.first + n
  }
}
