#if MPI
  import CMPI
  import Foundation
  import Gatewise

  /// The only thread of a process that calls MPI: it starts operations in the order of their requests, completes them
  /// while other threads compute, and answers roll calls.
  ///
  /// Sendable: `lock` guards the shared state; MPI's own objects belong to the thread.
  final class MPIThread: @unchecked Sendable {
    /// Operations that were requested but not started.
    private var asked: [MPIOperation] = []
    /// The numbers of operations requested and completed so far.
    private var askedCount = 0
    private var doneCount = 0
    private var hasEntered = false
    /// Whether a thread waits instead of computing.
    private var isAwaited = false
    private var isAbandoning = false
    /// Whether an operation has failed because another process is gone.
    private var hasFailed = false
    private var isEnding = false
    private var isAborting = false
    private var isDone = false
    /// Messages from other processes; see `MPIControl`.
    private var heard = MPIControl.Heard()
    private var toSay: [(MPIControl.Word, to: Int32)] = []
    private let lock = NSCondition()
    private(set) var rank: Int32 = 0
    private(set) var count: Int32 = 1

    /// Enters the job, on its own thread.
    ///
    /// - Returns: Whether all other processes have entered it too by the given time.
    /// - Throws: `GatewiseError` if the system cannot create a thread.
    func enter(until end: Date) throws -> Bool {
      _ = try SystemThread(named: "mpi") { [self] in work() }
      lock.lock()
      defer { lock.unlock() }
      var isTime = true
      while !hasEntered, isTime { isTime = lock.wait(until: end) }
      return hasEntered
    }

    /// Requests an operation.
    func ask(_ operation: MPIOperation) {
      lock.lock()
      asked.append(operation)
      askedCount += 1
      lock.broadcast()
      lock.unlock()
    }

    /// The outcome of waiting.
    enum Waited {
      /// All requested operations are done.
      case done
      /// Some are not done yet.
      case open
      /// One of them has failed.
      case failed
    }

    /// Waits until all requested operations are done, or until the given time.
    func wait(until end: Date) -> Waited {
      lock.lock()
      defer { lock.unlock() }
      isAwaited = true
      defer { isAwaited = false }
      var isTime = true
      while doneCount < askedCount, !hasFailed, isTime { isTime = lock.wait(until: end) }
      return hasFailed ? .failed : doneCount == askedCount ? .done : .open
    }

    /// Abandons the operations requested so far; their memory may still change.
    func abandon() {
      lock.lock()
      isAbandoning = true
      lock.broadcast()
      while isAbandoning { lock.wait() }
      lock.unlock()
    }

    /// Sends a message to another process.
    func say(_ word: MPIControl.Word, to rank: Int32) {
      lock.lock()
      toSay.append((word, rank))
      lock.broadcast()
      lock.unlock()
    }

    /// The messages received from other processes so far.
    var news: MPIControl.Heard {
      lock.lock()
      defer { lock.unlock() }
      return heard
    }

    /// Starts a new roll call.
    func forgetAnswers() {
      lock.lock()
      heard.here = []
      lock.unlock()
    }

    /// Leaves the job; every process must call this.
    ///
    /// - Returns: Whether all processes have left by the given time.
    func leave(until end: Date) -> Bool {
      lock.lock()
      defer { lock.unlock() }
      isEnding = true
      lock.broadcast()
      var isTime = true
      while !isDone, isTime { isTime = lock.wait(until: end) }
      return isDone
    }

    /// Ends the whole job at once; after at most one second, this process alone.
    func abort() -> Never {
      lock.lock()
      isAborting = true
      lock.broadcast()
      lock.unlock()
      sleep(1)
      _exit(1)
    }

    private func work() {
      var provided: Int32 = 0
      MPI_Init_thread(nil, nil, cmpi_thread_funneled(), &provided)
      let world = cmpi_world()!
      // Lost processes are found by roll calls, not by MPI's error handler.
      MPI_Comm_set_errhandler(world, cmpi_errors_return())
      var (rank, count): (Int32, Int32) = (0, 1)
      MPI_Comm_rank(world, &rank)
      MPI_Comm_size(world, &count)
      var words: MPI_Comm?
      MPI_Comm_dup(world, &words)
      let control = MPIControl(words!)
      lock.lock()
      (self.rank, self.count, hasEntered) = (rank, count, true)
      lock.broadcast()
      lock.unlock()
      serve(world, control)
      control.close()
      MPI_Finalize()
      lock.lock()
      isDone = true
      lock.broadcast()
      lock.unlock()
    }

    /// Starts the requested operations and completes them, until the job is left.
    private func serve(_ world: MPI_Comm, _ control: MPIControl) {
      var open: [MPI_Request?] = []
      lock.lock()
      while !(isEnding && open.isEmpty && asked.isEmpty && toSay.isEmpty) {
        if isAborting { MPI_Abort(world, 1) }
        let (operations, words, isAwaited) = (asked, toSay, isAwaited)
        asked.removeAll(keepingCapacity: true)
        toSay.removeAll(keepingCapacity: true)
        lock.unlock()
        for operation in operations { open.append(operation.begin(in: world)) }
        for (word, rank) in words { control.say(word, to: rank) }
        let before = open.count
        var hasFailed = false
        open.removeAll { request in
          var (request, isDone, status): (MPI_Request?, Int32, MPI_Status) = (request, 0, MPI_Status())
          if MPI_Test(&request, &isDone, &status) != 0 { hasFailed = true }
          return isDone != 0 && !hasFailed
        }
        let done = before - open.count
        // After a failure, other requests may be complete and freed too.
        if hasFailed { open.removeAll() }
        let news = control.listen()
        // The cores belong to the threads that compute, so this one sleeps unless one of them waits for it.
        if !open.isEmpty { _ = isAwaited ? sched_yield() : usleep(100) }
        lock.lock()
        heard.add(news)
        doneCount += done
        self.hasFailed = self.hasFailed || hasFailed
        let isHeard = isAbandoning || hasFailed || done > 0 || !news.isEmpty
        if isAbandoning {
          open.removeAll()
          asked.removeAll()
          (doneCount, isAbandoning, self.hasFailed) = (askedCount, false, false)
        }
        if isHeard { lock.broadcast() }
        if open.isEmpty, asked.isEmpty, toSay.isEmpty, !isEnding, !isAborting {
          _ = lock.wait(until: Date(timeIntervalSinceNow: 0.002))
        }
      }
      lock.unlock()
    }
  }
#endif
