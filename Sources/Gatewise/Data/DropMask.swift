/// A random dropout mask on a matrix, computed from row and column: the result for an element does not depend on the
/// order of calls or the thread, and nothing is stored. Elements that are not dropped have the factor 1/(1 - rate).
package struct DropMask: Sendable, Equatable {
  package let rate: Double
  private let key: UInt64
  private let threshold: UInt64
  /// The mapping of row numbers to those of a larger batch; nil if rows keep their numbers.
  var rows: MaskRows?

  fileprivate init(rate: Double, seed: UInt64, stream: UInt64) {
    self.rate = rate
    key = Self.mix(seed &+ Self.mix(stream))
    threshold = UInt64(rate * 0x1p64)
  }

  /// Returns the seed of one update of a training run.
  static func seed(_ seed: UInt64, update: Int) -> UInt64 { mix(seed &+ mix(UInt64(bitPattern: Int64(update)))) }

  /// Returns whether an element is dropped.
  package func drops(_ row: Int, _ column: Int) -> Bool { Self.mix(rowKey(row) &+ UInt64(column)) < threshold }

  /// Returns the factor of an element.
  package func factor<S: Scalar>(_ row: Int, _ column: Int) -> S { drops(row, column) ? 0 : S(1 / (1 - rate)) }

  /// Computes y = x ∘ a row of factors; y may be x.
  func apply<S: Scalar>(row: Int, _ x: VectorView<S>, into y: VectorView<S>) {
    let (key, stays) = (rowKey(row), S(1 / (1 - rate)))
    for j in 0..<y.count { y[j] = Self.mix(key &+ UInt64(j)) < threshold ? 0 : x[j] * stays }
  }

  @inline(__always)
  private func rowKey(_ row: Int) -> UInt64 { Self.mix(key &+ UInt64(rows?.number(of: row) ?? row)) }

  /// The output function of SplitMix64 (Steele, Lea & Flood 2014): every input bit changes half of the output bits.
  @inline(__always)
  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// The random masks of one regularization of a layer or direction, one for each seed.
package struct MaskStream: Sendable {
  private let rate: Double
  private let number: UInt64

  /// - Parameters:
  ///   - name: distinguishes the masks of one seed, for example `recurrent_dropout_l0`.
  ///   - rate: at least 0 and below 1.
  package init(_ name: String, rate: Double) {
    self.rate = rate
    // The FNV-1a hash of the name.
    number = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Returns the mask of a seed; nil if there is none, or nothing is dropped.
  ///
  /// - Parameter rows: the numbers of its rows in a larger batch.
  package func mask(_ seed: UInt64?, rows: MaskRows? = nil) -> DropMask? {
    guard let seed, rate > 0 else { return nil }
    var mask = DropMask(rate: rate, seed: seed, stream: number)
    mask.rows = rows
    return mask
  }
}

/// The mapping of rows n, or t·N + n, of some sequences to their numbers in a larger batch, so that dropout does not
/// depend on the number of processes that share the batch.
package struct MaskRows: Sendable, Equatable {
  /// N, the number of these sequences, at least 1.
  let sequences: Int
  let share: BatchShare

  func number(of row: Int) -> Int {
    let (t, n) = row.quotientAndRemainder(dividingBy: sequences)
    return t * share.total + share.first + n
  }
}
