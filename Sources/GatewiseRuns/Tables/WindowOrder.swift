import Gatewise

/// The order of the windows, different in each epoch.
///
/// Up to a million windows it is a shuffled list. For more windows no list is kept: a Feistel network of six rounds
/// over the bits of their number, keyed by seed and epoch, permutes the numbers, and is applied again if the result
/// lies beyond the last window (Black and Rogaway, *Ciphers with arbitrary finite domains*, CT-RSA 2002).
struct WindowOrder: Sendable {
  /// The number of windows.
  let count: Int
  /// The present epoch.
  private(set) var epoch = 0
  private let seed: UInt64
  private var list: EpochOrder?
  private var keys: SIMD8<UInt64> = .zero
  private let halfBits: UInt64

  /// The largest number of windows whose order is a list.
  static var listLimit: Int { 1 << 20 }
  private static var name: String { "order of windows" }
  private static var rounds: Int { 6 }

  init(count: Int, seed: UInt64, listLimit: Int = Self.listLimit) {
    (self.count, self.seed) = (count, seed)
    list = count <= listLimit ? EpochOrder(count: count, seed: seed, name: Self.name) : nil
    let bits = UInt64(Int.bitWidth - max(count - 1, 1).leadingZeroBitCount)
    halfBits = (bits + 1) / 2
    drawKeys()
  }

  /// Returns the window at a place of this epoch.
  subscript(place: Int) -> Int {
    if let list { return list.items[place] }
    let mask = 1 << halfBits - 1 as UInt64
    var number = UInt64(place)
    repeat {
      var (left, right) = (number >> halfBits, number & mask)
      for round in 0..<Self.rounds {
        var mixed = (right ^ keys[round]) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
        (left, right) = (right, left ^ (mixed ^ mixed >> 29) >> 3 & mask)
      }
      number = left << halfBits | right
    } while number >= UInt64(count)
    return Int(number)
  }

  /// Moves to an epoch. No allocation; O(count) for a list.
  mutating func go(to epoch: Int) {
    guard epoch != self.epoch else { return }
    self.epoch = epoch
    list?.go(to: epoch)
    drawKeys()
  }

  private mutating func drawKeys() {
    guard list == nil else { return }
    var stream = RandomStream(seed: seed, name: Self.name)
    // The epoch has keys of its own: advancing the stream by one number per epoch would take longer and longer.
    let salt = stream.next() &+ UInt64(epoch) &* 0x9e37_79b9_7f4a_7c15
    stream = RandomStream(seed: salt, name: Self.name)
    for round in 0..<Self.rounds { keys[round] = stream.next() }
  }
}
