import Synchronization
import Testing

@testable import Gatewise

/// The same bits whatever the number of threads, and from however many callers at once.
@Suite struct ThreadInvarianceTests {
  private func problem(_ N: Int, ragged: Bool) throws -> Drawn {
    // Wide enough for several tasks of every kind of job: 4H > 256 columns, more than 256 rows, more than 32 sequences.
    try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 20, hiddenSizes: [72, 33], peepholes: true, learnsInitialState: true, readout: .init(outputSize: 5)),
      steps: 11, batchSize: N, lengths: ragged ? (0..<N).map { ($0 * 5 + 11) % 12 } : nil, isStateGiven: false,
      scale: 0.3, seed: UInt64(N)
    ).make()
  }

  private func same<S: Scalar>(_ drawn: Drawn, _ path: RecurrentPath, _ type: S.Type) throws {
    let model = drawn.model.converted(to: S.self)
    var batch = SequenceBatch<S>(steps: drawn.batch.steps, batchSize: drawn.batch.batchSize, inputSize: 20)
    batch.inputs = drawn.batch.inputs.map { S($0) }
    batch.lengths = drawn.batch.lengths
    let dy = try Tensor(shape: drawn.outputGradient.shape, elements: drawn.outputGradient.elements.map { S($0) })
    func results(_ threads: Int) throws -> (Gradients<S>, ForwardResult<S>) {
      let execution = try Engine(set: .current(), path: path).execution(on: ThreadTeam(threads: threads))
      return (
        try model.gradients(of: batch, outputGradient: dy, execution: execution),
        try model.forward(batch, execution: execution)
      )
    }
    let one = try results(1)
    for threads in 2...4 {
      let more = try results(threads)
      let what =
        "\(S.dataType.rawValue), \(path), N \(batch.batchSize), ragged \(batch.lengths != nil), \(threads) threads"
      #expect(Agreement.sameBits(more.0, one.0), "gradients, \(what)")
      #expect(Agreement.sameBits(more.1.output.elements, one.1.output.elements), "outputs, \(what)")
      #expect(Agreement.sameBits(more.1.finalState, one.1.finalState), "final state, \(what)")
    }
  }

  @Test(arguments: [1, 3, 33, 64, 70], [false, true])
  func `1, 2, 3 and 4 threads give the same bits`(_ N: Int, ragged: Bool) throws {
    let drawn = try problem(N, ragged: ragged)
    for path in RecurrentPath.allCases {
      try same(drawn, path, Double.self)
      try same(drawn, path, Float.self)
    }
  }

  @Test func `one run equals the next`() throws {
    let drawn = try problem(33, ragged: true)
    for engine in Engine.all {
      let first = try drawn.gradients(engine)
      for _ in 0..<10 { #expect(Agreement.sameBits(try drawn.gradients(engine), first)) }
    }
  }

  /// Eight callers with one model, each with windows and with a streaming session of its own.
  @Test(.timeLimit(.minutes(1))) func `eight threads predict with one model`() throws {
    let drawn = try problem(40, ragged: false)
    let model = drawn.model.converted(to: Float.self)
    let x = try Tensor(shape: [11, 40, 20], elements: drawn.batch.inputs.map { Float($0) })
    let expected = try model.forward(x).output.elements
    let row = Array(x.elements.prefix(20))
    @Sendable func stream() throws -> [Float] {
      let session = try StreamingSession(model)
      return try (0..<30).flatMap { _ in try session.step(row) }
    }
    let expectedStream = try stream()
    let wrong = Atomic<Int>(0)
    Threads.run(8) { _ in
      for _ in 0..<20 {
        let isSame =
          (try? model.forward(x).output.elements).map { Agreement.sameBits($0, expected) } == true
          && (try? stream()).map { Agreement.sameBits($0, expectedStream) } == true
        if !isSame { wrong.add(1, ordering: .relaxed) }
      }
    }
    print("8 threads, 20 predictions and streams each: \(wrong.load(ordering: .relaxed)) differ")
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test(.timeLimit(.minutes(1))) func `eight tasks predict with one model`() async throws {
    let drawn = try problem(33, ragged: true)
    let (model, batch) = (drawn.model, drawn.batch)
    let expected = try model.forward(batch).output.elements
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { Agreement.sameBits(try model.forward(batch).output.elements, expected) }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }
}
