import Foundation
import Gatewise

/// Threads of this process that stand for the processes of a group: what a real group does, by a barrier.
final class ThreadGroup: ProcessGroup, @unchecked Sendable {
  let rank: Int
  let count: Int
  let overlaps: Bool
  private let meeting: Meeting
  private var sums: [() -> Void] = []
  private(set) var begun: [Int] = []

  /// What they share: each number's sum, in the order of the ranks.
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

  /// Runs a body for every rank, each on a thread of its own: they wait for one another.
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
    // Taken now: what is complete must not change any more.
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
