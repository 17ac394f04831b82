import Testing

@testable import Gatewise

/// What must not change an output by a bit: the number of threads, the order of a batch, and what stands on padding.
@Suite struct VariantInvarianceTests {
  @Test func `every number of threads gives the same bits`() throws {
    for member in VariantMember.alone {
      let drawn = try member.problem.make()
      for engine in Engine.family {
        let one = try drawn.gradients(engine, team: ThreadTeam(threads: 1))
        for threads in [2, 3] {
          let found = try drawn.gradients(engine, team: ThreadTeam(threads: threads))
          #expect(Agreement.sameBits(found, one), "\(member.name), \(threads) threads, \(engine)")
        }
      }
    }
  }

  /// Masks belong to a sequence's place in the batch: so a model that leaves out nothing.
  @Test func `the order of a batch changes no sequence's output by a bit`() throws {
    let order = [2, 0, 3, 1]
    var worst = 0.0
    for member in VariantMember.alone where member.configuration.regularization == .none && !member.isToken {
      let drawn = try member.problem.make()
      for engine in Engine.family {
        let found = try drawn.gradients(engine)
        let turned = try drawn.sequences(order).gradients(engine)
        let (T, N, K) = (found.output.shape[0], VariantMember.N, found.output.shape[2])
        for t in 0..<T {
          for (place, n) in order.enumerated() {
            let a = found.output.elements[(t * N + n) * K..<(t * N + n + 1) * K]
            let b = turned.output.elements[(t * N + place) * K..<(t * N + place + 1) * K]
            #expect(Agreement.sameBits(Array(a), Array(b)), "\(member.name), step \(t), sequence \(n), \(engine)")
          }
        }
        let difference = Agreement.difference(turned.parameters, found.parameters)
        #expect(difference <= 1e-12, "\(member.name), \(engine)")
        worst = max(worst, difference)
      }
    }
    print("parameter gradients of a batch in another order: worst \(worst)")
  }

  @Test func `a sequence without steps keeps its initial state, of either direction`() throws {
    for member in VariantMember.alone where member.lengths != nil && !member.configuration.learnsInitialState {
      let drawn = try member.problem.make()
      let result = try drawn.forward(Engine.family[0])
      for (k, (final, given)) in zip(
        result.finalState.hidden + result.finalState.cell,
        drawn.initialState!.hidden + drawn.initialState!.cell
      ).enumerated() {
        let width = final.shape[1]
        #expect(
          Agreement.sameBits(Array(final.elements[width..<2 * width]), Array(given.elements[width..<2 * width])),
          "\(member.name), tensor \(k)")
      }
    }
  }

  @Test func `masks are those of the seed, and of every place by itself`() {
    let stream = MaskStream("dropout_l1", rate: 0.3)
    let mask = stream.mask(5)!
    var row = [Double](repeating: 1, count: 1000)
    var dropped = 0
    for n in 0..<100 {
      row = Array(repeating: 1, count: 1000)
      row.withMutableView { mask.apply(row: n, $0, into: $0) }
      for (j, factor) in row.enumerated() {
        #expect(factor == mask.factor(n, j) && (factor == 0) == mask.drops(n, j))
        dropped += factor == 0 ? 1 : 0
      }
    }
    print("a mask of rate 0.3 drops \(dropped) of 100000")
    #expect(abs(Double(dropped) - 30_000) < 4 * (0.21 * 100_000).squareRoot())
    #expect(mask.factor(3, 4) as Double == 0 || mask.factor(3, 4) as Double == 1 / 0.7)
    let other = stream.mask(6)!
    let same = (0..<10_000).count { mask.drops(0, $0) == other.drops(0, $0) }
    #expect(abs(same - 5800) < 300, "two seeds agree in \(same) of 10000 places")
  }

  @Test func `training leaves out anew at every update, and the same for the same seed`() throws {
    var configuration = LSTMConfiguration(
      inputSize: 3, hiddenSizes: [8, 8], regularization: Regularization(betweenLayers: 0.5, recurrent: 0.3),
      readout: .init(outputSize: 2))
    let model = try LSTM<Double>(configuration, seed: 3)
    var batch = SequenceBatch<Double>(steps: 5, batchSize: 4, inputSize: 3, outputSize: 2)
    var random = RandomStream(seed: 2)
    batch.inputs = (0..<60).map { _ in random.normal() }
    batch.targets = (0..<40).map { _ in random.normal() }
    func losses(_ model: LSTM<Double>, seed: UInt64) throws -> [Double] {
      let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: SGD(learningRate: 1e-30), seed: seed)
      return try (0..<4).map { _ in try trainer.step(batch).loss }
    }
    let first = try losses(model, seed: 1)
    #expect(Set(first).count == 4, "\(first)")
    #expect(try losses(model, seed: 1) == first)
    #expect(try losses(model, seed: 2) != first)
    configuration.regularization = .none
    let plain = try losses(LSTM(configuration, parameters: model.parameters), seed: 1)
    #expect(Set(plain).count == 1)
  }
}
