#if MPI
  import CMPI
  import Foundation
  import Gatewise
  import Synchronization

  /// The group of processes that `mpirun` started and that train together.
  ///
  /// Sums run on their own thread while the backward pass continues. Nothing waits forever: if a process is lost or was
  /// asked to stop, waiting ends with an error that says so.
  ///
  /// Sendable: all mutable state belongs to its thread or is guarded by a lock.
  public final class MPIJob: ProcessGroup, Sendable {
    /// The rank of this process, from 0.
    public let rank: Int
    /// The number of processes.
    public let count: Int
    /// True unless GATEWISE_MPI_OVERLAP is `off`, which serves to measure the gain of overlapping.
    public let overlaps: Bool
    /// The longest time that one operation is waited for, in seconds.
    public let timeout: Double
    private let thread = MPIThread()
    private let rollCall = NSLock()
    /// The processes that did not answer; guarded by `rollCall`.
    nonisolated(unsafe) private var known: [Int] = []
    private let isSaved = Atomic<Bool>(false)
    private let shouldStop: @Sendable () -> Bool

    /// Enters the job in which this process was started.
    ///
    /// - Parameters:
    ///   - timeout: The number of seconds after which other processes that do not answer count as lost.
    ///   - shouldStop: Called while waiting for others; returns true if this process was asked to stop.
    /// - Throws: `ProcessGroupInterruption.lost` if other processes have not entered the job by then, and
    ///   `GatewiseError` if the system cannot create a thread.
    public init(timeout: Double = 60, shouldStop: @escaping @Sendable () -> Bool) throws {
      guard try thread.enter(until: Date(timeIntervalSinceNow: timeout)) else {
        throw ProcessGroupInterruption.lost(ranks: [])
      }
      (self.timeout, self.shouldStop) = (timeout, shouldStop)
      (rank, count) = (Int(thread.rank), Int(thread.count))
      overlaps = ProcessInfo.processInfo.environment["GATEWISE_MPI_OVERLAP"] != "off"
    }

    /// Starts to replace numbers by their sums over all processes.
    public func beginSum<S: Scalar>(_ numbers: UnsafeMutableBufferPointer<S>) {
      let type = S.dataType == .float64 ? cmpi_double() : cmpi_float()
      forEachPart(of: numbers.count) { part in
        thread.ask(.sum(numbers.baseAddress! + part.lowerBound, count: Int32(part.count), type!))
      }
    }

    /// Waits for the sums that were started.
    ///
    /// - Throws: `ProcessGroupInterruption`.
    public func finishSums() throws { try finish() }

    /// Broadcasts the bytes of the first process to all processes.
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

    /// Receives the bytes that another process sends to this one, which is the first process.
    ///
    /// - Throws: `ProcessGroupInterruption.lost`.
    public func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws {
      forEachPart(of: bytes.count) { part in
        thread.ask(.receive(bytes.baseAddress! + part.lowerBound, bytes: Int32(part.count), from: Int32(rank)))
      }
      try finish(mayStop: false)
    }

    /// Abandons the operations that were waited for without success.
    public func abandon() { thread.abandon() }

    /// Tells the other processes to stop.
    public func tellToStop() { tell(.stop) }

    /// Whether another process has told this one to stop.
    public var isToldToStop: Bool { thread.news.stop }

    /// Tells the other processes that all results are saved.
    public func tellSaved() {
      isSaved.store(true, ordering: .relaxed)
      tell(.saved)
    }

    /// Waits until another process has said that all results are saved.
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

    /// Returns the processes that do not answer a roll call within a moment.
    ///
    /// Any thread may call this. The first non-empty result is kept; its finder ends the job.
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

    /// Seconds for an answer when a process may be lost: mpirun leaves a job one second from SIGTERM to SIGKILL, and
    /// Open MPI's own report of a lost connection blocks its thread for most of that.
    private static var answerTime: Double { 0.75 }

    /// Seconds for an answer otherwise.
    private static var longAnswerTime: Double { 5 }

    /// Seconds that a sum which other processes have started may still take when all are asked to stop.
    private static var graceTime: Double { 0.2 }

    /// The number of times that the timeout may pass while all others answer, since their work may take long.
    private static var mostTimeouts: Int { 10 }

    /// Leaves the job, as every process does. If another process does not, this one exits: all results are saved.
    public func leave() {
      guard !thread.leave(until: Date(timeIntervalSinceNow: timeout)) else { return }
      fflush(nil)
      _exit(0)
    }

    /// Ends the whole job at once.
    public func abort() -> Never { thread.abort() }

    /// Starts a thread that waits until this process is asked to stop because others are gone: mpirun then leaves it a
    /// second, which one update may take.
    ///
    /// - Parameter report: Called with the ranks of the lost processes, in the first remaining process, before the job
    ///   ends.
    /// - Throws: `GatewiseError` if the system cannot create a thread.
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

    /// Whether all results are saved; a process that does not answer then has left normally.
    private var isOver: Bool { isSaved.load(ordering: .relaxed) || thread.news.isSaved }

    private func tell(_ word: MPIControl.Word) {
      for other in 0..<count where other != rank { thread.say(word, to: Int32(other)) }
    }

    private func finish(mayStop: Bool = true) throws { try wait(mayStop: mayStop, thread.wait) }

    /// Waits for others; if they no longer answer, not longer than the timeout.
    private func wait(mayStop: Bool, _ look: (_ end: Date) -> MPIThread.Waited) throws {
      let start = Date()
      // The roll call starts early enough to finish by the timeout.
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

    /// MPI's counts have 32 bits.
    private func forEachPart(of count: Int, _ body: (Range<Int>) -> Void) {
      let most = 1 << 30
      for start in stride(from: 0, to: count, by: most) { body(start..<min(count, start + most)) }
    }
  }
#endif
