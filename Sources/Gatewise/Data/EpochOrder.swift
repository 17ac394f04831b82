/// The order in which the items of a source are given: another one in each epoch, and a function of seed and epoch alone,
/// so that any epoch can be gone to without those before it.
package struct EpochOrder: Sendable {
  /// The items, in the order of the present epoch.
  package private(set) var items: [Int]
  /// The present epoch.
  package private(set) var epoch = 0
  private let seed: UInt64
  private let name: String
  private let shuffles: Bool

  /// The order of `count` items in the first epoch.
  ///
  /// - Parameter name: Tells the orders of one seed apart.
  package init(count: Int, seed: UInt64, name: String, shuffles: Bool = true) {
    items = Array(0..<count)
    (self.seed, self.name, self.shuffles) = (seed, name, shuffles)
    if shuffles { shuffle() }
  }

  /// Goes to an epoch. O(count), no allocation.
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
