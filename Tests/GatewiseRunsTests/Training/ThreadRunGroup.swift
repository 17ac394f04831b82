import Foundation
import Gatewise

@testable import GatewiseRuns

/// Threads of this process that act as the processes of a run and communicate through a meeting.
final class ThreadRunGroup: RunGroup {
  let rank: Int
  let overlaps = true
  var count: Int { meeting.count }
  /// Called before this rank takes part in communication, where a test may delay it.
  var before: (Part) -> Void = { _ in }
  private let meeting: RunMeeting
  private let shouldStop: () -> Bool
  private var sums: [() throws -> Void] = []
  private var (sumsBegun, waits, broadcasts) = (0, 0, 0)

  /// The communication of a rank: sums, numbered by their waits, and broadcasts.
  enum Part: Equatable {
    case sum(Int)
    case broadcast(Int)
  }

  /// An invalid use of a group by a run.
  struct Misuse: Error { let sentence: String }

  /// - Parameter shouldStop: Whether this rank has been asked to stop, checked while it waits.
  init(rank: Int, meeting: RunMeeting, shouldStop: @escaping () -> Bool = { false }) {
    (self.rank, self.meeting, self.shouldStop) = (rank, meeting, shouldStop)
  }

  /// Runs a body for every rank, each on its own thread, and waits for all.
  static func run<T>(_ ranks: Int, _ body: @escaping @Sendable (Int) throws -> T) -> [Result<T, any Error>] {
    let ended = DispatchSemaphore(value: 0)
    let lock = NSLock()
    nonisolated(unsafe) var results = [Result<T, any Error>?](repeating: nil, count: ranks)
    for rank in 0..<ranks {
      let thread = Thread {
        nonisolated(unsafe) let result = Result { try body(rank) }
        lock.withLock { results[rank] = result }
        ended.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<ranks { ended.wait() }
    return lock.withLock { results.map { $0! } }
  }

  func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>) {
    before(.sum(waits))
    let taken = numbers.map { Double($0) }
    let number = sumsBegun
    sumsBegun += 1
    meeting.give(taken, to: number, rank: rank)
    sums.append { [unowned self] in
      let sum = try wait(mayStop: true) { meeting.sum(number) }
      guard zip(numbers, taken).allSatisfy({ Double($0).bitPattern == $1.bitPattern }) else {
        throw Misuse(sentence: "numbers changed while they were summed")
      }
      for (j, value) in sum.enumerated() { numbers[j] = S(value) }
    }
  }

  func finishSums() throws {
    waits += 1
    for sum in sums { try sum() }
    sums.removeAll()
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws {
    let number = broadcasts
    before(.broadcast(number))
    broadcasts += 1
    if rank == 0 { return meeting.post(Array(bytes), number) }
    let posted = try wait(mayStop: true) { meeting.posted(number) }
    guard posted.count == bytes.count else { throw Misuse(sentence: "\(bytes.count) bytes wanted of \(posted.count)") }
    bytes.copyBytes(from: posted)
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws {
    guard rank != 0 else { throw Misuse(sentence: "the first sends to itself") }
    meeting.send(Array(bytes), from: rank)
  }

  func receive(_ bytes: UnsafeMutableRawBufferPointer, from other: Int) throws {
    guard rank == 0 else { throw Misuse(sentence: "rank \(rank) receives") }
    let letter = try wait(mayStop: false) { meeting.letter(from: other) }
    guard letter.count == bytes.count else { throw Misuse(sentence: "\(bytes.count) bytes wanted of \(letter.count)") }
    bytes.copyBytes(from: letter)
  }

  func abandon() { sums.removeAll() }
  func missing() -> [Int] { meeting.with { $0.gone.subtracting([rank]).sorted() } }
  func tellToStop() { meeting.with { _ = $0.stopTellers.insert(rank) } }
  var isToldToStop: Bool { meeting.with { !$0.stopTellers.subtracting([rank]).isEmpty } }
  func tellSaved() { meeting.with { $0.isSaved = true } }
  func waitUntilSaved() throws { try wait(mayStop: false) { meeting.with { $0.isSaved ? () : nil } } }

  /// Polls until there is a result, with a limit of time.
  private func wait<T>(mayStop: Bool, _ look: () -> T?) throws -> T {
    let start = Date()
    while true {
      let gone = meeting.with { $0.gone }
      guard !gone.contains(rank) else { throw Misuse(sentence: "rank \(rank) is gone") }
      if let found = look() { return found }
      let waited = Date().timeIntervalSince(start)
      if mayStop, waited > 0.1, shouldStop() || isToldToStop { throw ProcessGroupInterruption.stopped }
      guard gone.isEmpty else { throw ProcessGroupInterruption.lost(ranks: gone.sorted()) }
      guard waited < 20 else { throw Misuse(sentence: "rank \(rank) waited for 20 s") }
      meeting.pause()
    }
  }
}

/// The state shared by the threads.
final class RunMeeting: @unchecked Sendable {
  struct News {
    /// The ranks that no longer answer.
    var gone: Set<Int> = []
    /// The ranks that have told the others to stop.
    var stopTellers: Set<Int> = []
    var isSaved = false
  }

  let count: Int
  private let condition = NSCondition()
  private var news = News()
  private var parts: [Int: [[Double]?]] = [:]
  private var posts: [Int: [UInt8]] = [:]
  private var letters: [Int: [[UInt8]]] = [:]

  init(count: Int) { self.count = count }

  func with<T>(_ body: (inout News) -> T) -> T {
    locked {
      defer { condition.broadcast() }
      return body(&news)
    }
  }

  func give(_ numbers: [Double], to sum: Int, rank: Int) {
    locked { parts[sum, default: Array(repeating: nil, count: count)][rank] = numbers }
    condition.broadcast()
  }

  /// Returns the sums in the order of the ranks; nil until all ranks have contributed.
  func sum(_ number: Int) -> [Double]? {
    locked {
      let given = (parts[number] ?? []).compactMap { $0 }
      guard given.count == count else { return nil }
      return given.dropFirst().reduce(given[0]) { zip($0, $1).map(+) }
    }
  }

  func post(_ bytes: [UInt8], _ number: Int) {
    locked { posts[number] = bytes }
    condition.broadcast()
  }

  func posted(_ number: Int) -> [UInt8]? { locked { posts[number] } }

  func send(_ bytes: [UInt8], from rank: Int) {
    locked { letters[rank, default: []].append(bytes) }
    condition.broadcast()
  }

  func letter(from rank: Int) -> [UInt8]? {
    locked { letters[rank]?.isEmpty == false ? letters[rank]!.removeFirst() : nil }
  }

  /// The number of messages that were not received.
  var unread: Int { locked { letters.values.map(\.count).reduce(0, +) } }

  func pause() { locked { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.005)) } }

  private func locked<T>(_ body: () -> T) -> T {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
