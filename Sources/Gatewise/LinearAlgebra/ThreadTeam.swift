internal import CGatewiseKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Work that a team does in parallel: a fixed list of tasks, none of which depends on another.
///
/// Where the number of threads decides what a task is, it decides no result: the bits are those of any other cut.
///
/// Several threads hold one job at a time. Its pointers keep the compiler from seeing that this is safe, so each type of
/// job declares it (`@unchecked Sendable`) and thereby says: what a task writes no other task reads or writes, and what
/// is pointed at stays in place until `ThreadTeam.run` returns.
protocol TeamJob: Sendable {
  /// Does one task.
  func callAsFunction(_ task: Int)
}

extension TeamJob {
  /// Does one task of the job at an address.
  static func perform(_ job: UnsafeRawPointer, _ task: Int) {
    job.assumingMemoryBound(to: Self.self).pointee(task)
  }
}

/// A persistent team of threads that shares the tasks of one job at a time and sleeps in between.
///
/// The caller works too: a team of n threads starts n - 1. Where the team is busy with another caller's job, or has
/// one thread, the caller does all tasks itself; the results are the same bits. Running a job allocates nothing.
public final class ThreadTeam: Sendable {
  /// The environment variable that sets the size of the shared team.
  public static let environmentVariable = "GATEWISE_NUM_THREADS"

  /// The number of threads, the caller's among them.
  public let threads: Int

  private let board = TaskBoard()
  private let isBusy = Atomic<Bool>(false)
  private let workers: [pthread_t]

  /// The process's team: as many threads as `GATEWISE_NUM_THREADS` says, else as there are processors. Made on first
  /// use.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where the variable holds no number from 1 to 1024.
  public static func shared() throws -> ThreadTeam { try sharedTeam.get() }

  private static let sharedTeam: Result<ThreadTeam, GatewiseError> = size(
    named: getenv(environmentVariable).map { String(cString: $0) }
  ).map { ThreadTeam(threads: $0) }

  /// The number of threads that a value of `GATEWISE_NUM_THREADS` asks for.
  static func size(named value: String?) -> Result<Int, GatewiseError> {
    guard let value, !value.isEmpty else { return .success(processors) }
    guard let threads = Int(value), (1...1024).contains(threads) else {
      return .failure(
        .invalidArgument("\(environmentVariable)=\(value) is no number of threads; give one from 1 to 1024."))
    }
    return .success(threads)
  }

  /// The processors this process may use.
  public static var processors: Int { Int(gatewise_processors()) }

  /// Starts a team of `threads` threads, the caller's counted.
  ///
  /// - Precondition: `threads` is at least 1.
  public init(threads: Int) {
    precondition(threads >= 1, "a team has at least one thread, not \(threads)")
    self.threads = threads
    let board = board
    workers = (1..<threads).compactMap { _ in
      var thread = pthread_t()
      let context = Unmanaged.passRetained(board).toOpaque()
      let status = pthread_create(
        &thread, nil,
        { context in
          Unmanaged<TaskBoard>.fromOpaque(context!).takeRetainedValue().work()
          return nil
        }, context)
      guard status == 0 else {
        // A team that is smaller than asked for gives the same results.
        Unmanaged<TaskBoard>.fromOpaque(context).release()
        return nil
      }
      return thread
    }
  }

  deinit {
    board.close()
    for worker in workers { pthread_join(worker, nil) }
  }

  /// Does tasks 0 ..< `tasks` of a job and returns when all are done.
  ///
  /// - Parameter wakes: whether threads that sleep are woken to help; where not, only those help that have just worked
  ///   and still look out for more.
  func run<Job: TeamJob>(_ job: Job, tasks: Int, wakes: Bool = true) {
    guard tasks > 1, !workers.isEmpty,
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for task in 0..<tasks { job(task) }
      return
    }
    withUnsafePointer(to: job) { pointer in
      board.post(TaskBoard.Notice(address: UnsafeRawPointer(pointer), type: Job.self, tasks: tasks), wakes: wakes)
    }
    isBusy.store(false, ordering: .releasing)
  }
}
