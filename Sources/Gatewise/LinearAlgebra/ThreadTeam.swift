internal import CGatewiseKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Work that a team does in parallel: a fixed list of independent tasks.
///
/// The division into tasks may depend on the number of threads, but the bits of the results do not depend on the
/// division.
///
/// Several threads use one job at the same time. The compiler cannot verify that its pointers make this safe, so each
/// type of job declares it (`@unchecked Sendable`) and thereby guarantees that no task reads or writes memory that
/// another task writes, and that the memory stays valid until `ThreadTeam.run` returns.
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

/// A persistent team of threads that share the tasks of one job at a time and sleep between jobs.
///
/// The caller takes part: a team of n threads starts n - 1. If the team is busy with another caller's job, or has one
/// thread, the caller does all tasks itself; the results have the same bits. Running a job allocates nothing.
public final class ThreadTeam: Sendable {
  /// The environment variable that sets the size of the shared team.
  package static let environmentVariable = "GATEWISE_NUM_THREADS"

  /// The number of threads, including the caller's.
  public let threads: Int

  private let board = TaskBoard()
  private let isBusy = Atomic<Bool>(false)
  private let workers: [pthread_t]

  /// Returns the process's team, which is created on first use. It has as many threads as `GATEWISE_NUM_THREADS` says,
  /// otherwise one for each processor.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the variable is not a number from 1 to 1024.
  public static func shared() throws -> ThreadTeam { try sharedTeam.get() }

  private static let sharedTeam: Result<ThreadTeam, GatewiseError> = size(
    named: getenv(environmentVariable).map { String(cString: $0) }
  ).map { ThreadTeam(threads: $0) }

  /// Returns the number of threads that a value of `GATEWISE_NUM_THREADS` selects.
  static func size(named value: String?) -> Result<Int, GatewiseError> {
    guard let value, !value.isEmpty else { return .success(processors) }
    guard let threads = Int(value), (1...1024).contains(threads) else {
      return .failure(
        .invalidArgument(
          "\(environmentVariable)=\(value) is not a valid number of threads; it must be from 1 to 1024."))
    }
    return .success(threads)
  }

  /// The number of processors that this process may use.
  package static var processors: Int { Int(gatewise_processors()) }

  /// Starts a team of `threads` threads, including the caller's.
  ///
  /// - Precondition: `threads` is at least 1.
  public init(threads: Int) {
    precondition(threads >= 1, "a team needs at least 1 thread, but \(threads) are given")
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
        // A smaller team gives the same results.
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
  /// - Parameter wakes: whether sleeping threads are woken; if not, only threads that still spin after the last job
  ///   help.
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

extension ThreadTeam? {
  /// Runs all tasks of a job, on the team if there is one, otherwise on the calling thread.
  func run<Job: TeamJob>(_ job: Job, tasks: Int, wakes: Bool = true) {
    if let self {
      self.run(job, tasks: tasks, wakes: wakes)
    } else {
      for task in 0..<tasks { job(task) }
    }
  }
}
