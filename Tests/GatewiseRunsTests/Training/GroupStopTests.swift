import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

/// Runs of several processes, one of which is asked to stop, is lost, or does not match the others.
@Suite("Stopped and failed runs of several processes", .serialized) struct GroupStopTests {
  private let scratch: TemporaryFolder
  private let made: GroupRunCase
  private var folder: String { scratch.path + "/run" }

  init() throws {
    scratch = try TemporaryFolder()
    made = try GroupRunCase.text(in: scratch)
  }

  /// The ranks that have been asked to stop.
  private final class Asked: @unchecked Sendable {
    private let lock = NSLock()
    private var ranks: Set<Int> = []
    func ask(_ rank: Int) { lock.withLock { _ = ranks.insert(rank) } }
    func contains(_ rank: Int) -> Bool { lock.withLock { ranks.contains(rank) } }
  }

  /// Resumes the run, and expects the results of an uninterrupted run of one process.
  private func expectSame(_ title: String, resumedBy ranks: Int) throws {
    let alone = try made.run(1, steps: 10, in: scratch.path + "/alone")
    let resumed = try made.run(ranks, steps: 10, in: folder, resumes: true)
    let (worst, carried) = (alone.distance(to: resumed), alone.carriedDistance(to: resumed))
    print("\(title), resumed by \(ranks): \(worst) apart, carried \(carried)")
    #expect(resumed.problems.isEmpty && worst <= 1e-12 && carried <= 1e-12, "\(resumed.problems)")
  }

  private func expectStopped(_ left: GroupRunCase.Left, step: Int) {
    print("stopped: \(left.steps), problems \(left.problems)")
    #expect(left.problems.isEmpty && left.ends == [.stopped, .stopped, .stopped])
    #expect(left.steps == [step, step, step] && left.checkpoint?.state.optimizer.step == step)
  }

  @Test("one rank that is asked to stop after an update stops all", arguments: [0, 1, 2])
  func stop(asked: Int) throws {
    // The fourth leaves a state within an epoch, the sixth coincides with a checkpoint.
    for update in [4, 6] {
      try? FileManager.default.removeItem(atPath: folder)
      let hand = GroupRunCase.Hand(stopsAfter: { rank, now, _ in rank == asked && now == update })
      let left = try made.run(3, steps: 10, in: folder, hand: hand)
      expectStopped(left, step: update)
      try expectSame("rank \(asked) asked after update \(update)", resumedBy: 2)
    }
  }

  @Test("ranks that are stopped between two batches of an update return to the previous update", arguments: [1, 5])
  func stopWithinUpdate(update: Int) throws {
    let asked = Asked()
    // One sum at the start of the run, then three waits per batch and two batches per update: the first of the second
    // batch.
    let late = ThreadRunGroup.Part.sum(1 + 3 * (2 * update - 1))
    let hand = GroupRunCase.Hand(
      isAsked: { asked.contains($0) },
      before: { rank, part in
        guard rank == 2, part == late else { return }
        asked.ask(0)
        Thread.sleep(forTimeInterval: 0.5)
      })
    expectStopped(try made.run(3, steps: 10, in: folder, hand: hand), step: update - 1)
    try expectSame("stopped within update \(update)", resumedBy: 2)
  }

  @Test("a rank that is asked to stop while the first still validates leaves all at the same update")
  func stopWhileJudging() throws {
    let asked = Asked()
    // Three broadcasts at the start of the run; the next is the first validation, after an update with a checkpoint.
    let hand = GroupRunCase.Hand(
      isAsked: { asked.contains($0) },
      before: { rank, part in
        guard rank == 0, part == .broadcast(3) else { return }
        asked.ask(1)
        Thread.sleep(forTimeInterval: 0.5)
      })
    expectStopped(try made.run(3, steps: 10, in: folder, hand: hand), step: 3)
    try expectSame("stopped while the first judges", resumedBy: 1)
  }

  @Test("if a rank is lost, the others end and name it and the checkpoint to resume from")
  func gone() throws {
    let leave: @Sendable (Int, Int, RunMeeting) -> Bool = { rank, update, meeting in
      if rank == 1, update == 7 { meeting.with { _ = $0.gone.insert(1) } }
      return false
    }
    let left = try made.run(3, steps: 10, in: folder, hand: .init(stopsAfter: leave))
    print(left.problems)
    for rank in [0, 2] {
      #expect(throws: GatewiseError.self) { _ = try left.outcomes[rank].get() }
      #expect(left.problem(of: rank).contains("Process 1 of 3 no longer answered, so the run ends;"))
      #expect(left.problem(of: rank).contains("--resume from \(folder)/checkpoints/step-000000006.safetensors"))
    }
    try expectSame("after a loss", resumedBy: 2)
  }

  @Test("a rank lost before a checkpoint, or while all stop, leaves no wrong files")
  func goneAndStopped() throws {
    let leave: @Sendable (Int, Int, RunMeeting) -> Bool = { rank, update, meeting in
      guard update == 2 else { return false }
      if rank == 2 { meeting.with { _ = $0.gone.insert(2) } }
      while meeting.with({ $0.gone.isEmpty }) { usleep(1000) }
      return rank == 0
    }
    let left = try made.run(3, steps: 10, in: folder, hand: .init(stopsAfter: leave))
    print(left.problems)
    #expect(left.problems.count == 3 && left.checkpoint?.state.optimizer.step == nil)
    for rank in [0, 1] {
      #expect(left.problem(of: rank).contains("Process 2 of 3"))
      #expect(left.problem(of: rank).contains("the run ends; nothing is saved yet: start again."))
    }
    #expect(try made.run(2, steps: 3, in: folder).problems.isEmpty)
  }

  @Test("more ranks than sequences, other data and another checkpoint are rejected before anything is written")
  func refusals() throws {
    let crowd = try made.run(6, steps: 10, in: folder)
    print(crowd.problems.first ?? "not refused")
    #expect(crowd.problems.count == 6)
    #expect(crowd.problems.allSatisfy { $0.hasPrefix("6 processes cannot share batches of 5 sequences") })
    #expect(!FileManager.default.fileExists(atPath: folder))

    let other = try GroupRunCase.text(in: scratch, seed: 2).data
    let strangers = try made.run(3, steps: 10, in: folder, hand: .init(data: { $0 == 1 ? other : nil }))
    print(strangers.problems.first ?? "not refused")
    #expect(strangers.problems.count == 3)
    #expect(strangers.problems.allSatisfy { $0.hasPrefix("Process 1 of 3 found other data") })
    #expect(!FileManager.default.fileExists(atPath: folder))

    let copy = scratch.path + "/copy"
    _ = try made.run(1, steps: 3, in: folder)
    try FileManager.default.copyItem(atPath: folder, toPath: copy)
    let before = try made.run(1, steps: 4, in: folder, resumes: true)
    let apart = try made.run(
      3, steps: 10, in: folder, resumes: true, hand: .init(folder: { $0 == 0 ? nil : copy }))
    print(apart.problems.first ?? "not refused")
    #expect(apart.problems.count == 3 && apart.problems.allSatisfy { $0.hasPrefix("Processes 1, 2 of 3 found") })
    #expect(apart.files == before.files && apart.parameters == before.parameters)
  }
}
