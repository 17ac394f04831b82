/// A group of processes that train one model: each processes its share of every batch, and all make the same update.
///
/// A conforming type transports numbers between the processes. All calls are collective: every process makes the same
/// calls in the same order. A group may be used by one thread at a time.
public protocol ProcessGroup: AnyObject {
  /// The index of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var count: Int { get }
  /// Whether sums may start during the backward pass; otherwise they wait for its end.
  var overlaps: Bool { get }

  /// Starts to replace numbers by their sums over all processes, with the same bits in each. The memory must stay valid
  /// and must not be accessed until `finishSums()` has returned.
  func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>)

  /// Waits until every started sum is complete.
  ///
  /// - Throws: an error if a process is lost or this one was asked to stop; the numbers of incomplete sums must not be
  ///   used.
  func finishSums() throws
}

extension ProcessGroup {
  /// Replaces numbers by their sums over all processes.
  package func sums(of numbers: inout [Double]) throws {
    // An interrupted sum may still be written later: its memory is then never freed.
    let shared = UnsafeMutableBufferPointer<Double>.allocate(capacity: numbers.count)
    _ = unsafe shared.initialize(from: numbers)
    unsafe beginSum(shared)
    try finishSums()
    numbers = unsafe Array(shared)
    unsafe shared.deallocate()
  }
}

/// The reason why the processes of a group no longer wait for one another. Their unfinished work is discarded.
public enum ProcessGroupInterruption: Error, Sendable, Equatable {
  /// This process or another was asked to stop.
  case stopped
  /// Some processes do not respond.
  case lost(ranks: [Int])
}
