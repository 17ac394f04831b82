/// Processes that train one model together: each computes on its share of every batch, and all make the same update.
///
/// A conforming type carries numbers between them, by whatever joins them. All calls are collective: every process
/// makes the same ones in the same order. It belongs to one thread at a time.
public protocol ProcessGroup: AnyObject {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }
  /// Whether sums may begin while the backward pass goes on; otherwise they wait for its end.
  var overlaps: Bool { get }

  /// Begins to replace numbers by their sums over all processes, the same bits in each. They must stay where they are,
  /// and alone, until `finishSums()` has returned.
  func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>)

  /// Waits until every sum that was begun is there.
  ///
  /// - Throws: where a process is lost, or this one has been asked to stop; numbers of unfinished sums are not to be
  ///   used.
  func finishSums() throws
}

extension ProcessGroup {
  /// The sums of some numbers over all processes.
  package func sums(of numbers: inout [Double]) throws {
    // A sum that is broken off may still be written later: its memory is then left to it.
    let shared = UnsafeMutableBufferPointer<Double>.allocate(capacity: numbers.count)
    _ = shared.initialize(from: numbers)
    beginSum(shared)
    try finishSums()
    numbers = Array(shared)
    shared.deallocate()
  }
}

/// Why processes that train together no longer wait for one another. What they had not finished together counts for
/// nothing.
public enum ProcessGroupInterruption: Error, Sendable, Equatable {
  /// This process or another has been asked to stop.
  case stopped
  /// Processes do not answer.
  case lost(ranks: [Int])
}
