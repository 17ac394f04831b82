#if MPI
  import CMPI
  import Foundation
  import Gatewise
  import Synchronization

  /// The processes that `mpirun` has started, as a group that trains together.
  ///
  /// Sums run on a thread of their own while the backward pass goes on. Nothing waits for ever: where a process is lost, or
  /// one has been asked to stop, waiting ends with an error that says so.
  ///
  /// Sendable: what can change belongs to its thread, or is guarded.
  public final class MPIJob: ProcessGroup, Sendable {
    /// The number of this process, from 0.
    public let rank: Int
    /// How many there are.
    public let count: Int
    /// True, unless GATEWISE_MPI_OVERLAP is `off`, which is for measuring what it gains.
    public let overlaps: Bool
    /// The most seconds that one operation is waited for.
    public let timeout: Double
    private let thread = MPIThread()
    private let rollCall = NSLock()
    /// Who was missing; `rollCall` guards it.
    nonisolated(unsafe) private var known: [Int] = []
    private let isSaved = Atomic<Bool>(false)
    private let shouldStop: @Sendable () -> Bool

    /// Enters the job that this process was started in.
    ///
    /// - Parameters:
    ///   - timeout: after how many seconds others that do not answer are given up.
    ///   - shouldStop: asked while others are waited for, and true when this process has been asked to stop.
    /// - Throws: `ProcessGroupInterruption.lost` where others have not entered it by then, and `GatewiseError` where the
    ///   system makes no thread.
    public init(timeout: Double = 60, shouldStop: @escaping @Sendable () -> Bool) throws {
      guard try thread.enter(until: Date(timeIntervalSinceNow: timeout)) else {
        throw ProcessGroupInterruption.lost(ranks: [])
      }
      (self.timeout, self.shouldStop) = (timeout, shouldStop)
      (rank, count) = (Int(thread.rank), Int(thread.count))
      overlaps = ProcessInfo.processInfo.environment["GATEWISE_MPI_OVERLAP"] != "off"
    }

    /// Begins to replace numbers by their sums over all processes.
    public func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>) {
      let type = S.dataType == .float64 ? cmpi_double() : cmpi_float()
      forEachPart(of: numbers.count) { part in
        thread.ask(.sum(numbers.baseAddress! + part.lowerBound, count: Int32(part.count), type!))
      }
    }

    /// Waits for the sums that were begun.
    ///
    /// - Throws: `ProcessGroupInterruption`.
    public func finishSums() throws { try finish() }

    /// Gives every process the bytes of the first.
    ///
    /// - Throws: `ProcessGroupInterruption`.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws {
      forEachPart(of: bytes.count) { part in
        thread.ask(.broadcast(bytes.baseAddress! + part.lowerBound, bytes: Int32(part.count)))
      }
      try finish()
    }

    /// Sends bytes to the first process.
    ///
    /// - Throws: `ProcessGroupInterruption.lost`.
    public func send(_ bytes: UnsafeRawBufferPointer) throws {
      forEachPart(of: bytes.count) { part in
        thread.ask(.send(bytes.baseAddress! + part.lowerBound, bytes: Int32(part.count), to: 0))
      }
      try finish(mayStop: false)
    }

    /// Receives what another process sends to this one, the first.
    ///
    /// - Throws: `ProcessGroupInterruption.lost`.
    public func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws {
      forEachPart(of: bytes.count) { part in
        thread.ask(.receive(bytes.baseAddress! + part.lowerBound, bytes: Int32(part.count), from: Int32(rank)))
      }
      try finish(mayStop: false)
    }

    /// Forgets what was waited for in vain.
    public func abandon() { thread.abandon() }

    /// Tells the others that all stop.
    public func tellToStop() { tell(.stop) }

    /// Whether another process has said so.
    public var isToldToStop: Bool { thread.news.stop }

    /// Tells the others that all is saved.
    public func tellSaved() {
      isSaved.store(true, ordering: .relaxed)
      tell(.saved)
    }

    /// Waits for that.
    ///
    /// - Throws: `ProcessGroupInterruption.lost`.
    public func waitUntilSaved() throws {
      try wait(mayStop: false) { end in
        if thread.news.isSaved { return .done }
        _ = thread.wait(until: end)
        usleep(1000)
        return .open
      }
    }

    /// Who does not answer a call within a moment.
    ///
    /// Any thread may ask. The first answer that names some stands: who finds it ends the job.
    public func missing() -> [Int] { missing(within: Self.answerTime) }

    private func missing(within seconds: Double) -> [Int] {
      rollCall.lock()
      defer { rollCall.unlock() }
      if !known.isEmpty { return known }
      thread.forgetAnswers()
      tell(.call)
      let end = Date(timeIntervalSinceNow: seconds)
      var missing: [Int] = []
      repeat {
        usleep(2000)
        let here = thread.news.here
        missing = (0..<count).filter { $0 != rank && !here.contains(Int32($0)) }
      } while !missing.isEmpty && Date() < end
      known = missing
      return missing
    }

    /// Seconds: mpirun leaves a job one second from SIGTERM to SIGKILL, and Open MPI's own report of a lost connection holds
    /// its thread up for most of that.
    private static var answerTime: Double { 0.75 }

    /// Seconds, where nothing hurries.
    private static var longAnswerTime: Double { 5 }

    /// Seconds that a sum which others have begun may still take when all are asked to stop.
    private static var graceTime: Double { 0.2 }

    /// How often the timeout may pass while all others answer: they are at something that takes long.
    private static var mostTimeouts: Int { 10 }

    /// Leaves the job, as every process does. Where another one does not, this one ends: all is saved.
    public func leave() {
      guard !thread.leave(until: Date(timeIntervalSinceNow: timeout)) else { return }
      fflush(nil)
      _exit(0)
    }

    /// Ends the whole job at once.
    public func abort() -> Never { thread.abort() }

    /// Watches, on a thread of its own, for the moment in which this process is asked to stop because others are gone:
    /// mpirun leaves it a second then, which an update may take.
    ///
    /// - Parameter report: gets their numbers, in the first process that is left, before the job ends.
    /// - Throws: `GatewiseError` where the system makes no thread.
    public func watch(_ report: @escaping @Sendable (_ missing: [Int]) -> Void) throws {
      _ = try SystemThread(named: "watch") { [self] in
        while !shouldStop() {
          if isOver { return }
          usleep(10_000)
        }
        let missing = missing()
        guard !missing.isEmpty, !isOver, Set(0..<rank).isSubset(of: missing) else { return }
        report(missing)
        abort()
      }
    }

    /// Whether all is saved: who does not answer then has left in order.
    private var isOver: Bool { isSaved.load(ordering: .relaxed) || thread.news.isSaved }

    private func tell(_ word: MPIControl.Word) {
      for other in 0..<count where other != rank { thread.say(word, to: Int32(other)) }
    }

    private func finish(mayStop: Bool = true) throws { try wait(mayStop: mayStop, thread.wait) }

    /// Waits for others: where they do not answer any more, not longer than the timeout.
    private func wait(mayStop: Bool, _ look: (_ end: Date) -> MPIThread.Waited) throws {
      let start = Date()
      // Asked early enough to be done with it at the timeout.
      let answerTime = min(Self.longAnswerTime, timeout / 2)
      var (asksAt, calls) = (timeout - answerTime, 0)
      while true {
        let outcome = look(Date(timeIntervalSinceNow: 0.02))
        if outcome == .done { return }
        let waited = Date().timeIntervalSince(start)
        if mayStop, waited > Self.graceTime, shouldStop() || isToldToStop { throw ProcessGroupInterruption.stopped }
        guard outcome == .failed || waited > asksAt else { continue }
        let missing = missing(within: outcome == .failed ? Self.answerTime : answerTime)
        calls += 1
        if outcome == .failed || !missing.isEmpty || calls == Self.mostTimeouts {
          throw ProcessGroupInterruption.lost(ranks: missing)
        }
        asksAt = waited + timeout
      }
    }

    /// MPI counts in 32 bits.
    private func forEachPart(of count: Int, _ body: (Range<Int>) -> Void) {
      let most = 1 << 30
      for start in stride(from: 0, to: count, by: most) { body(start..<min(count, start + most)) }
    }
  }
#endif
