import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

/// Runs of several processes, here threads, which must give the results of a single process.
@Suite("Runs of several processes", .serialized) struct GroupRunTests {
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func folder(_ name: String) -> String { scratch.path + "/" + name }

  @Test("ten updates of several ranks agree with those of one, with the same bits every time", arguments: [2, 3])
  func equality(ranks: Int) throws {
    for made in try GroupRunCase.all(in: scratch) {
      if case .classification(let data) = made.data { #expect(data.training.count % 4 == 1) }
      let alone = try made.run(1, steps: 10, in: folder("\(made) alone"))
      let together = try made.run(ranks, steps: 10, in: folder("\(made) together"))
      let scratch = scratch.path
      let apart: @Sendable (Int) -> String? = { $0 == 0 ? nil : "\(scratch)/written by \($0)" }
      let again = try made.run(ranks, steps: 10, in: folder("\(made) again"), hand: .init(folder: apart))
      #expect(alone.problems.isEmpty && together.problems.isEmpty, "\(together.problems)")
      let (worst, moved) = (
        alone.distance(to: together), GroupRunCase.Left.distance(alone.parameters, try made.start())
      )
      let loss = together.outcomes.map { (try? $0.get().figures).map { "\($0)" } ?? "" }
      print("\(made), \(ranks) ranks: \(worst) apart, moved by \(moved); \(loss[0])")
      #expect(worst <= 1e-12 && moved > 0.03)
      #expect(together.ends == Array(repeating: .complete, count: ranks) && together.steps.allSatisfy { $0 == 10 })
      #expect(loss.allSatisfy { $0 == loss[0] && !$0.isEmpty })
      #expect(together.parameters == again.parameters, "a repetition has other bits")
      #expect(together.checkpoint?.state.carried == again.checkpoint?.state.carried)
      #expect(together.files == alone.files && again.files == alone.files)
      #expect((1..<ranks).allSatisfy { !FileManager.default.fileExists(atPath: apart($0)!) }, "others write, too")
      #expect(together.operations.allSatisfy { abs($0 / alone.operations[0] - 1) < 1e-9 }, "work is done twice")
      let entries = zip(alone.entries, together.entries).map { abs(($0.loss ?? .nan) - ($1.loss ?? .nan)) }
      print("\(entries.count) entries, \(entries.max() ?? 0) apart")
      #expect(entries.count >= 4 && alone.entries.count == together.entries.count && entries.allSatisfy { $0 < 1e-12 })
      if case .text = made.data {
        let carried = alone.carriedDistance(to: together)
        print("carried by 5 streams: \(carried) apart")
        #expect(carried <= 1e-12 && together.checkpoint?.state.carried?.cell[0].shape == [5, 6])
      }
    }
  }

  @Test("any number of ranks resumes the run of any other number")
  func resuming() throws {
    for made in try GroupRunCase.all(in: scratch) {
      let alone = try made.run(1, steps: 10, in: folder("\(made) alone"))
      for ranks in [[3, 1, 2], [1, 3, 1], [2, 3, 3]] {
        let path = folder("\(made) \(ranks)")
        _ = try made.run(ranks[0], steps: 4, in: path)
        _ = try made.run(ranks[1], steps: 7, in: path, resumes: true)
        let resumed = try made.run(ranks[2], steps: 10, in: path, resumes: true)
        let worst = alone.distance(to: resumed)
        print("\(made), ranks \(ranks): \(worst) apart")
        #expect(worst <= 1e-12 && resumed.problems.isEmpty && resumed.checkpoint?.state.optimizer.step == 10)
        if case .text = made.data { #expect(alone.carriedDistance(to: resumed) <= 1e-12) }
      }
    }
  }

  @Test("any number of ranks writes the missing files of an ended run", arguments: [1, 3])
  func ended(ranks: Int) throws {
    for made in try GroupRunCase.all(in: scratch) {
      let path = folder("\(made)")
      let whole = try made.run(2, steps: 10, in: path)
      for name in ["log.csv", "loss.svg", "model.safetensors"] {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
      }
      let again = try made.run(ranks, steps: 10, in: path, resumes: true)
      print("\(made), ended, then \(ranks) ranks: \(again.files.count) files, \(whole.distance(to: again)) apart")
      #expect(again.problems.isEmpty && again.ends == Array(repeating: .complete, count: ranks))
      #expect(again.files == whole.files && again.parameters == whole.parameters)
      #expect(again.checkpoint?.state.carried == whole.checkpoint?.state.carried && again.entries == whole.entries)
      #expect(again.steps.allSatisfy { $0 == 10 })
    }
  }
}
