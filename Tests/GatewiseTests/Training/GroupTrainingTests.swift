import Foundation
import Testing

@testable import Gatewise

/// The updates of several processes, here threads, equal those of one process with the whole batch.
@Suite(.serialized) struct GroupTrainingTests {
  private static let (inputs, outputs, sequences) = (3, 4, 6)

  /// The results of a run of some ranks: the parameters, the reports and the sizes sent of each rank.
  private struct Run {
    var parameters: [[Double]] = []
    var losses: [[Double]] = []
    var problems: [String?] = []
    var sent: [[Int]] = []
  }

  /// Returns a batch whose rows have different weights and, if `isUneven`, whose sequences have different lengths.
  private static func batch(_ update: Int, isUneven: Bool, continues: Bool) -> SequenceBatch<Double> {
    var stream = RandomStream(seed: UInt64(update), name: "group")
    let (T, N) = (7, sequences)
    var batch = SequenceBatch<Double>(steps: T, batchSize: N, inputSize: inputs, outputSize: outputs)
    batch.inputs = (0..<T * N * inputs).map { _ in stream.normal() }
    batch.classes = (0..<T * N).map { _ in Int32(stream.index(below: outputs)) }
    batch.mask = (0..<T * N).map { _ in stream.index(below: 3) == 0 ? 0 : 0.5 }
    if isUneven { batch.lengths = (0..<N).map { ($0 * 3 + update) % (T + 1) } }
    batch.continuesState = continues && update > 0
    return batch
  }

  /// Returns the sequences of a rank.
  private static func share(_ whole: SequenceBatch<Double>, _ share: SourceShare) -> SequenceBatch<Double> {
    let (rows, N) = (share.sequences(of: whole.batchSize), whole.batchSize)
    var part = SequenceBatch<Double>(
      steps: whole.steps, batchSize: rows.count, inputSize: inputs, outputSize: outputs)
    for t in 0..<whole.steps {
      for n in rows {
        part.inputs += whole.inputs[(t * N + n) * inputs..<(t * N + n + 1) * inputs]
        part.classes.append(whole.classes[t * N + n])
        part.mask = (part.mask ?? []) + [whole.mask![t * N + n]]
      }
    }
    part.lengths = whole.lengths.map { Array($0[rows]) }
    part.continuesState = whole.continuesState
    part.share = share.batchShare(of: N)
    return part
  }

  private static func configuration(_ name: String) -> LSTMConfiguration {
    var made = LSTMConfiguration(
      inputSize: inputs, hiddenSizes: [6, 5], learnsInitialState: true, readout: .init(outputSize: outputs))
    switch name {
    case "dropped":
      made.regularization = Regularization(
        betweenLayers: 0.3, inputs: 0.2, recurrent: 0.2, recurrentWeights: 0.1, zoneoutCell: 0.1, zoneoutHidden: 0.1)
    case "both directions": made.isBidirectional = true
    default: break
    }
    return made
  }

  private static func train(
    _ configuration: LSTMConfiguration, ranks: Int, updates: Int, overlaps: Bool = true, accumulation: Int = 1,
    rule: GradientRule = .bptt(), skips: Bool = false, batch: @escaping @Sendable (Int) -> SequenceBatch<Double>
  ) throws -> Run {
    let meeting = ThreadGroup.Meeting(count: ranks)
    let lock = NSLock()
    nonisolated(unsafe) var run = Run(
      parameters: Array(repeating: [], count: ranks), losses: Array(repeating: [], count: ranks),
      problems: Array(repeating: nil, count: ranks), sent: Array(repeating: [], count: ranks))
    let trainer: @Sendable (ThreadGroup?) throws -> Trainer<Double> = {
      try Trainer(
        LSTM<Double>(configuration, seed: 3), loss: SoftmaxCrossEntropy(classWeights: [1, 2, 0.5, 1]),
        optimizer: Adam(learningRate: 0.01), clipping: .norm(0.2), rule: rule, skipsBadBatches: skips,
        accumulation: accumulation, processes: $0, seed: 5, execution: .threads(1))
    }
    ThreadGroup.run(ranks) { rank in
      let group = ranks > 1 ? ThreadGroup(rank: rank, meeting: meeting, count: ranks, overlaps: overlaps) : nil
      var (parameters, losses, problem): ([Double], [Double], String?) = ([], [], nil)
      do {
        let trainer = try trainer(group)
        defer { parameters = trainer.model.parameters }
        for update in 0..<updates * accumulation {
          let share = ranks > 1 ? Self.share(batch(update), SourceShare(rank: rank, count: ranks)) : batch(update)
          let report = try trainer.step(share)
          if report.waiting == 0 { losses.append(report.loss) }
          problem = report.problem ?? problem
        }
      } catch { problem = "\(error)" }
      lock.withLock {
        (run.parameters[rank], run.losses[rank], run.problems[rank]) = (parameters, losses, problem)
        run.sent[rank] = group?.begun ?? []
      }
    }
    return run
  }

  @Test(
    "Ten updates of several ranks equal those of one with the whole batch",
    arguments: ["plain", "dropped", "both directions"], [2, 3, 4, 8])
  func equality(name: String, ranks: Int) throws {
    let configuration = Self.configuration(name)
    for isUneven in [false, true] {
      let batch: @Sendable (Int) -> SequenceBatch<Double> = {
        Self.batch($0, isUneven: isUneven, continues: name != "both directions")
      }
      let alone = try Self.train(configuration, ranks: 1, updates: 10, batch: batch)
      let together = try Self.train(configuration, ranks: ranks, updates: 10, batch: batch)
      let again = try Self.train(configuration, ranks: ranks, updates: 10, overlaps: false, batch: batch)
      #expect(together.problems.allSatisfy { $0 == nil }, "\(together.problems)")
      let worst = zip(alone.parameters[0], together.parameters[0]).map { abs($0 - $1) }.max() ?? .infinity
      let moved = zip(alone.parameters[0], try LSTM<Double>(configuration, seed: 3).parameters).map { abs($0 - $1) }
        .max()!
      print("\(name), \(ranks) ranks, uneven \(isUneven): \(worst) apart, moved by \(moved)")
      #expect(worst <= 1e-12 && moved > 0.01)
      #expect(together.parameters.allSatisfy { $0 == together.parameters[0] }, "ranks drift apart")
      #expect(together.parameters == again.parameters, "overlap changes a bit")
      #expect(zip(alone.losses[0], together.losses[0]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test("Segments, blocks, exact RTRL and accumulated batches also agree")
  func rules() throws {
    var configuration = Self.configuration("plain")
    configuration.learnsInitialState = false
    let batch: @Sendable (Int) -> SequenceBatch<Double> = { Self.batch($0, isUneven: false, continues: false) }
    for rule in [.bptt(segment: 3), .truncatedBPTT(every: 2, depth: 3), .rtrl, .truncatedRTRL()] as [GradientRule] {
      let alone = try Self.train(configuration, ranks: 1, updates: 3, rule: rule, batch: batch)
      let together = try Self.train(configuration, ranks: 2, updates: 3, rule: rule, batch: batch)
      let worst = zip(alone.parameters[0], together.parameters[0]).map { abs($0 - $1) }.max() ?? .infinity
      print("\(rule): \(worst) apart")
      #expect(worst <= 1e-12 && together.parameters[0] == together.parameters[1])
    }
    let alone = try Self.train(configuration, ranks: 1, updates: 3, accumulation: 2, batch: batch)
    let together = try Self.train(configuration, ranks: 2, updates: 3, accumulation: 2, batch: batch)
    let worst = zip(alone.parameters[0], together.parameters[0]).map { abs($0 - $1) }.max() ?? .infinity
    print("accumulated: \(worst) apart")
    #expect(worst <= 1e-12)
  }

  @Test("All parameters are sent once, layer by layer from the highest down")
  func order() throws {
    let configuration = Self.configuration("plain")
    let run = try Self.train(configuration, ranks: 2, updates: 1) { Self.batch($0, isUneven: true, continues: false) }
    let layout = ParameterLayout(configuration)
    func size(_ layer: Int?, _ roles: [ParameterLayout.Role]) -> Int {
      layout.entries.filter { $0.layer == layer && roles.contains($0.role) }.map(\.count).reduce(0, +)
    }
    let layers = [1, 0].map { size($0, [.inputWeights, .recurrentWeights, .bias]) }
    let states = [0, 1].map { size($0, [.initialHidden, .initialCell]) }.reduce(0, +)
    print("sent \(run.sent[0])")
    #expect(run.sent[0] == [2, size(nil, [.readoutWeights, .readoutBias])] + layers + [states, 1])
  }

  @Test("A non-finite loss in one share ends the update in all ranks, or skips the batch in all")
  func badShare() throws {
    let batch: @Sendable (Int) -> SequenceBatch<Double> = {
      var batch = Self.batch($0, isUneven: false, continues: true)
      if $0 == 1 { batch.inputs[0] = .nan }
      return batch
    }
    let configuration = Self.configuration("plain")
    let ended = try Self.train(configuration, ranks: 2, updates: 3, batch: batch)
    #expect(ended.parameters[0] == ended.parameters[1] && ended.losses[0].count == 1)
    #expect(ended.problems[0]?.contains("the input at step 0 of sequence 0 is not finite") == true)
    #expect(ended.problems[0] == ended.problems[1] && ended.problems[1]?.hasSuffix("the share of process 0.") == true)
    let skipped = try Self.train(configuration, ranks: 2, updates: 3, skips: true, batch: batch)
    let alone = try Self.train(configuration, ranks: 1, updates: 3, skips: true, batch: batch)
    let worst = zip(alone.parameters[0], skipped.parameters[0]).map { abs($0 - $1) }.max() ?? .infinity
    print("passed over: \(worst) apart; \(skipped.problems[1] ?? "")")
    #expect(worst <= 1e-12 && skipped.parameters[0] == skipped.parameters[1] && skipped.problems[1] != nil)
  }

  @Test("The concatenated shares of a source are its batches")
  func shares() throws {
    let lengths = [3, 5, 1, 4, 2, 6, 2]
    let tensors = try lengths.map { length in
      try Tensor(shape: [length, 1], elements: (0..<length).map { Double(100 * length + $0) })
    }
    func source(_ share: SourceShare) throws -> ArraySource<Double> {
      var source = try ArraySource(
        sequences: tensors, targets: .classes(Array(0..<7), count: 7), batchSize: 4, seed: 9)
      source.share = share
      return source
    }
    for count in [1, 2, 3, 5] {
      var whole = try source(.whole)
      var parts = try (0..<count).map { try source(SourceShare(rank: $0, count: count)) }
      var (all, batches) = (whole.makeBatch(), parts.map { $0.makeBatch() })
      for _ in 0..<5 {
        let isThere = try whole.next(into: &all)
        for rank in 0..<count { #expect(try parts[rank].next(into: &batches[rank]) == isThere) }
        guard isThere else { continue }
        let filled = batches.filter { $0.batchSize > 0 }
        #expect(filled.flatMap { $0.classes } == all.classes && filled.flatMap { $0.lengths! } == all.lengths!)
        #expect(parts.allSatisfy { $0.place == whole.place })
      }
    }
  }
}
