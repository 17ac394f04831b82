import Foundation
import Gatewise

/// A process group of threads of this process, which compute the sums at a barrier.
final class ThreadGroup: ProcessGroup, @unchecked Sendable {
  let rank: Int
  let count: Int
  let overlaps: Bool
  private let meeting: Meeting
  private var sums: [() -> Void] = []
  private(set) var begun: [Int] = []

  /// The shared barrier, which computes each sum in the order of the ranks.
  final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private let count: Int
    private var arrived = 0
    private var round = 0
    private var parts: [Int: [[Double]]] = [:]

    init(count: Int) { self.count = count }

    func sum(_ numbers: [Double], rank: Int) -> [Double] {
      condition.lock()
      defer { condition.unlock() }
      let mine = round
      parts[mine, default: Array(repeating: [], count: count)][rank] = numbers
      arrived += 1
      if arrived == count {
        (arrived, round) = (0, round + 1)
        condition.broadcast()
      } else {
        while round == mine { condition.wait() }
      }
      return parts[mine]!.dropFirst().reduce(parts[mine]![0]) { zip($0, $1).map(+) }
    }
  }

  /// Runs a body for every rank, each on its own thread, since the ranks wait for one another.
  static func run(_ ranks: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let ended = DispatchSemaphore(value: 0)
    for rank in 0..<ranks {
      Thread {
        body(rank)
        ended.signal()
      }.start()
    }
    for _ in 0..<ranks { ended.wait() }
  }

  init(rank: Int, meeting: Meeting, count: Int, overlaps: Bool) {
    (self.rank, self.count, self.overlaps, self.meeting) = (rank, count, overlaps, meeting)
  }

  func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>) {
    begun.append(numbers.count)
    // The numbers are copied now: a complete part must not change afterwards.
    let taken = numbers.map { Double($0) }
    sums.append { [meeting, rank] in
      for (j, value) in meeting.sum(taken, rank: rank).enumerated() { numbers[j] = S(value) }
    }
  }

  func finishSums() throws {
    for sum in sums { sum() }
    sums.removeAll()
  }
}
