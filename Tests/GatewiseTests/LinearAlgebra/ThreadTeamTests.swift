import Foundation
import Synchronization
import Testing

@testable import Gatewise

/// Every task of every job is done exactly once, with its own job's data, for any number of callers and jobs.
@Suite(.timeLimit(.minutes(1))) struct ThreadTeamTests {
  /// Adds the job's stamp to each task's own slot.
  private struct Tally: TeamJob, @unchecked Sendable {
    let counts: UnsafeMutablePointer<Int>
    let stamp: Int
    func callAsFunction(_ task: Int) { counts[task] += stamp }
  }

  /// A job of a different type and size, so that a mix-up of two jobs' data gives a wrong result.
  private struct Products: TeamJob, @unchecked Sendable {
    let factors: (Int, Int, Int)
    let results: UnsafeMutablePointer<Int>
    func callAsFunction(_ task: Int) { results[task] += factors.0 * factors.1 * factors.2 * (task + 1) }
  }

  @Test(arguments: [1, 2, 3, 4, 9]) func `does each task once`(_ threads: Int) {
    let team = ThreadTeam(threads: threads)
    for tasks in [0, 1, 2, 3, 17, 1_000] {
      var counts = [Int](repeating: 0, count: tasks + 1)
      counts.withUnsafeMutableBufferPointer { team.run(Tally(counts: $0.baseAddress!, stamp: 1), tasks: tasks) }
      #expect(counts == Array(repeating: 1, count: tasks) + [0])
    }
  }

  /// Tiny jobs of two types from one caller, with pauses in which the workers go to sleep.
  @Test(arguments: [2, 4]) func `many tiny jobs`(_ threads: Int) {
    let team = ThreadTeam(threads: threads)
    var (wrong, jobs) = (0, 0)
    var slots = [Int](repeating: 0, count: 8)
    for round in 1...20_000 {
      let tasks = 2 + round % 7
      let isEven = round.isMultiple(of: 2)
      slots.withUnsafeMutableBufferPointer { slots in
        slots.update(repeating: 0)
        if isEven {
          team.run(Tally(counts: slots.baseAddress!, stamp: round), tasks: tasks)
        } else {
          team.run(Products(factors: (round, 3, 5), results: slots.baseAddress!), tasks: tasks)
        }
      }
      jobs += 1
      for task in slots.indices {
        let expected = task >= tasks ? 0 : isEven ? round : 15 * round * (task + 1)
        if slots[task] != expected { wrong += 1 }
      }
      if round.isMultiple(of: 1_000) { usleep(2_000) }
    }
    print("thread team of \(threads): \(jobs) tiny jobs, \(wrong) wrong tasks")
    #expect(wrong == 0)
  }

  /// Several callers share one team: one of them gets it, the others do their tasks themselves.
  @Test func `several callers at once`() {
    let team = ThreadTeam(threads: 3)
    let wrong = Atomic<Int>(0)
    let jobs = Atomic<Int>(0)
    Threads.run(6) { caller in
      var slots = [Int](repeating: 0, count: 16)
      for round in 1...4_000 {
        let tasks = 2 + (round + caller) % 15
        let stamp = caller * 1_000_000 + round
        slots.withUnsafeMutableBufferPointer {
          $0.update(repeating: 0)
          team.run(Tally(counts: $0.baseAddress!, stamp: stamp), tasks: tasks)
        }
        jobs.add(1, ordering: .relaxed)
        for task in slots.indices where slots[task] != (task < tasks ? stamp : 0) { wrong.add(1, ordering: .relaxed) }
      }
    }
    let (done, failed) = (jobs.load(ordering: .relaxed), wrong.load(ordering: .relaxed))
    print("thread team, 6 callers: \(done) jobs, \(failed) wrong tasks")
    #expect(done == 24_000 && failed == 0)
  }

  @Test func `teams are created and destroyed`() {
    for round in 0..<400 {
      let team = ThreadTeam(threads: 1 + round % 5)
      var counts = [Int](repeating: 0, count: 4)
      // Some teams end before their workers have started, some while they spin, some while they sleep.
      if round.isMultiple(of: 3) { continue }
      counts.withUnsafeMutableBufferPointer { team.run(Tally(counts: $0.baseAddress!, stamp: 1), tasks: 4) }
      #expect(counts == [1, 1, 1, 1])
      if round.isMultiple(of: 50) { usleep(3_000) }
    }
  }

  /// A job that a task runs on its own team is done by that task's thread.
  private struct Nested: TeamJob, @unchecked Sendable {
    let team: ThreadTeam
    let counts: UnsafeMutablePointer<Int>
    func callAsFunction(_ task: Int) { team.run(Tally(counts: counts + 3 * task, stamp: 1), tasks: 3) }
  }

  @Test func `jobs within a job`() {
    let team = ThreadTeam(threads: 3)
    var counts = [Int](repeating: 0, count: 30)
    counts.withUnsafeMutableBufferPointer { team.run(Nested(team: team, counts: $0.baseAddress!), tasks: 10) }
    #expect(counts == Array(repeating: 1, count: 30))
  }

  @Test func `running a job allocates nothing`() {
    let team = ThreadTeam(threads: 2)
    let slots = UnsafeMutablePointer<Int>.allocate(capacity: 8)
    defer { slots.deallocate() }
    slots.update(repeating: 0, count: 8)
    let count = allocationCount {
      for _ in 0..<10 { team.run(Products(factors: (1, 2, 3), results: slots), tasks: 8) }
    }
    print("allocations of 10 jobs: \(count)")
    #expect(count == 0)
  }

  @Test func `what GATEWISE_NUM_THREADS selects`() {
    func size(_ value: String?) -> Result<Int, GatewiseError> { ThreadTeam.size(named: value) }
    #expect(size(nil) == .success(ThreadTeam.processors))
    #expect(size("") == .success(ThreadTeam.processors))
    #expect(size("1") == .success(1))
    #expect(size("1024") == .success(1024))
    for value in ["0", "-1", "1025", "two", "1.5", "99999999999999999999"] {
      #expect(
        size(value)
          == .failure(
            .invalidArgument(
              "GATEWISE_NUM_THREADS=\(value) is not a valid number of threads; it must be from 1 to 1024.")))
    }
    #expect(ThreadTeam.processors >= 1)
    #expect(throws: GatewiseError.self) { try Execution.threads(0) }
    #expect(throws: GatewiseError.self) { try Execution.threads(1025) }
  }
}
