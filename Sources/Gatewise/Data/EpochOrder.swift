/// The order of the items of a source, new in each epoch. It depends only on seed and epoch, so that any epoch can be
/// reached without the ones before it.
package struct EpochOrder: Sendable {
  /// The items, in the order of the current epoch.
  package private(set) var items: [Int]
  /// The current epoch.
  package private(set) var epoch = 0
  private let seed: UInt64
  private let name: String
  private let shuffles: Bool

  /// Makes the order of `count` items in the first epoch.
  ///
  /// - Parameter name: Distinguishes the orders of one seed.
  package init(count: Int, seed: UInt64, name: String, shuffles: Bool = true) {
    items = Array(0..<count)
    (self.seed, self.name, self.shuffles) = (seed, name, shuffles)
    if shuffles { shuffle() }
  }

  /// Moves to an epoch. O(count), no allocation.
  package mutating func go(to epoch: Int) {
    guard epoch != self.epoch else { return }
    self.epoch = epoch
    guard shuffles else { return }
    for item in items.indices { items[item] = item }
    shuffle()
  }

  private mutating func shuffle() {
    var stream = RandomStream(seed: epoch == 0 ? seed : DropMask.seed(seed, update: epoch), name: name)
    stream.shuffle(&items)
  }
}
