#if MPI
  import CMPI
  import Foundation
  import Gatewise

  /// The one thread of a process that speaks MPI: it begins operations in the order in which they are asked for, sees them
  /// through while others compute, and answers roll calls.
  ///
  /// Sendable: `lock` guards what it shares; MPI's own objects belong to the thread.
  final class MPIThread: @unchecked Sendable {
    /// What has been asked for and not begun yet.
    private var asked: [MPIOperation] = []
    /// Operations asked for, and done, since the beginning.
    private var askedCount = 0
    private var doneCount = 0
    private var hasEntered = false
    /// Whether somebody waits, and does not compute.
    private var isAwaited = false
    private var isAbandoning = false
    /// Whether an operation has ended in an error: another process is gone.
    private var hasFailed = false
    private var isEnding = false
    private var isAborting = false
    private var isDone = false
    /// What the others have said: see `MPIControl`.
    private var heard = MPIControl.Heard()
    private var toSay: [(MPIControl.Word, to: Int32)] = []
    private let lock = NSCondition()
    private(set) var rank: Int32 = 0
    private(set) var count: Int32 = 1

    /// Enters the job, on a thread of its own.
    ///
    /// - Returns: whether all other processes have entered it, too, at a time.
    /// - Throws: `GatewiseError` where the system makes no thread.
    func enter(until end: Date) throws -> Bool {
      _ = try SystemThread(named: "mpi") { [self] in work() }
      lock.lock()
      defer { lock.unlock() }
      var isTime = true
      while !hasEntered, isTime { isTime = lock.wait(until: end) }
      return hasEntered
    }

    /// Asks for an operation.
    func ask(_ operation: MPIOperation) {
      lock.lock()
      asked.append(operation)
      askedCount += 1
      lock.broadcast()
      lock.unlock()
    }

    /// How waiting has ended.
    enum Waited {
      /// All that was asked for is done.
      case done
      /// Not all of it, yet.
      case open
      /// Something of it has failed.
      case failed
    }

    /// Waits for all that was asked for, at most until a time.
    func wait(until end: Date) -> Waited {
      lock.lock()
      defer { lock.unlock() }
      isAwaited = true
      defer { isAwaited = false }
      var isTime = true
      while doneCount < askedCount, !hasFailed, isTime { isTime = lock.wait(until: end) }
      return hasFailed ? .failed : doneCount == askedCount ? .done : .open
    }

    /// Waits no longer for what was asked for so far; its memory may still change.
    func abandon() {
      lock.lock()
      isAbandoning = true
      lock.broadcast()
      while isAbandoning { lock.wait() }
      lock.unlock()
    }

    /// Says a word to another process.
    func say(_ word: MPIControl.Word, to rank: Int32) {
      lock.lock()
      toSay.append((word, rank))
      lock.broadcast()
      lock.unlock()
    }

    /// What the others have said so far.
    var news: MPIControl.Heard {
      lock.lock()
      defer { lock.unlock() }
      return heard
    }

    /// A new roll call begins.
    func forgetAnswers() {
      lock.lock()
      heard.here = []
      lock.unlock()
    }

    /// Leaves the job; every process has to.
    ///
    /// - Returns: whether all have, at a time.
    func leave(until end: Date) -> Bool {
      lock.lock()
      defer { lock.unlock() }
      isEnding = true
      lock.broadcast()
      var isTime = true
      while !isDone, isTime { isTime = lock.wait(until: end) }
      return isDone
    }

    /// Ends the whole job at once, at the latest after a second this process alone.
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
      // Whether others are gone is found out by asking them.
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

    /// Begins what is asked for and sees it through, until the job is left.
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
        // Requests beside one that has failed may be done, too, and gone.
        if hasFailed { open.removeAll() }
        let news = control.listen()
        // The cores belong to those who compute: naps, unless the computing waits for this.
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
