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

/// The board where a team's caller posts the tasks of one job and its workers take them.
///
/// Goals, in this order: no task is done twice or with another job's data; no thread waits for a worker that has not
/// taken a task (its virtual processor may be preempted); nothing is allocated; a waiting worker spins briefly, then
/// sleeps.
///
/// One word, the ticket, holds the job's number and the number of its tasks that are not taken yet, except for the
/// first task, which is the caller's. A worker takes a task by decrementing that count with a compare-and-exchange. If
/// it succeeds, the job is the one whose number was read and has not ended, so the notice whose address was read before
/// belongs to that job; if it fails, the values read are discarded.
final class TaskBoard: Sendable {
  // The address of the current job's notice, on the stack of the waiting caller. A worker dereferences it only after it
  // has taken a task, and so only while the job lasts.
  private let notice = Atomic<UInt>(0)

  /// A job's address, type and number of tasks.
  struct Notice {
    let address: UnsafeRawPointer
    let type: any TeamJob.Type
    let tasks: Int
  }

  // job's number << 32 | tasks not taken yet
  private let ticket = Atomic<UInt64>(0)
  private let unfinished = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let isClosed = Atomic<Bool>(false)
  private let alarm = Alarm()

  /// About 100 µs on current processors: longer than the gap between two phases of a pass, shorter than a time slice.
  private static let spins = 4_000

  /// Posts a job, does its first task, then others until all are taken, and waits for the tasks that workers took.
  ///
  /// - Parameter wakes: whether sleeping workers are woken for it.
  func post(_ job: Notice, wakes: Bool) {
    withUnsafePointer(to: job) { post($0, wakes: wakes) }
  }

  private func post(_ job: UnsafePointer<Notice>, wakes: Bool) {
    notice.store(UInt(bitPattern: job), ordering: .relaxed)
    // The first task is always the caller's: in a loop of similar jobs its part of the weights stays in its cache.
    let others = job.pointee.tasks - 1
    unfinished.store(others, ordering: .relaxed)
    let number = (ticket.load(ordering: .relaxed) >> 32) &+ 1
    ticket.store(number << 32 | UInt64(others), ordering: .sequentiallyConsistent)
    if wakes, sleeping.load(ordering: .sequentiallyConsistent) > 0 { alarm.ring() }
    job.pointee.type.perform(job.pointee.address, 0)
    takeTasks(of: number & 0xffff_ffff)
    var spins = 0
    while unfinished.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < Self.spins { gatewise_spin_hint() } else { sched_yield() }
    }
  }

  /// The worker's loop: waits for a job and takes its tasks, until the board is closed.
  func work() {
    var seen: UInt64 = 0
    while true {
      seen = waitForJob(after: seen)
      if isClosed.load(ordering: .acquiring) { return }
      takeTasks(of: seen)
    }
  }

  /// Ends the workers' loops.
  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    ticket.wrappingAdd(1 << 32, ordering: .sequentiallyConsistent)
    alarm.ring()
  }

  private func takeTasks(of number: UInt64) {
    var current = ticket.load(ordering: .acquiring)
    while current >> 32 == number, current & 0xffff_ffff > 0 {
      let address = notice.load(ordering: .relaxed)
      let (exchanged, found) = ticket.weakCompareExchange(
        expected: current, desired: current - 1, ordering: .acquiringAndReleasing)
      guard exchanged else {
        current = found
        continue
      }
      let job = UnsafePointer<Notice>(bitPattern: address)!.pointee
      // In ascending order: if sequences differ in length, the longest come first.
      job.type.perform(job.address, job.tasks - Int(current & 0xffff_ffff))
      unfinished.subtract(1, ordering: .releasing)
      current = ticket.load(ordering: .acquiring)
    }
  }

  private func waitForJob(after seen: UInt64) -> UInt64 {
    for _ in 0..<Self.spins {
      let number = ticket.load(ordering: .acquiring) >> 32
      if number != seen { return number }
      gatewise_spin_hint()
    }
    sleeping.add(1, ordering: .sequentiallyConsistent)
    alarm.sleep { ticket.load(ordering: .sequentiallyConsistent) >> 32 == seen }
    sleeping.subtract(1, ordering: .sequentiallyConsistent)
    return ticket.load(ordering: .acquiring) >> 32
  }
}

/// A mutex and a condition on which idle workers sleep.
private final class Alarm: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Sleeps while `holds` returns true; it is called under the mutex.
  func sleep(while holds: () -> Bool) {
    pthread_mutex_lock(mutex)
    while holds() { pthread_cond_wait(condition, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// Wakes all sleeping workers.
  func ring() {
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}
