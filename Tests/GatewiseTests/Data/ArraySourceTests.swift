import Testing

@testable import Gatewise

@Suite("Sequences in memory") struct ArraySourceTests {
  /// Sequence n has n + 1 steps of two inputs, each with a distinct value.
  private func sequences(_ count: Int) -> [Tensor<Double>] {
    (0..<count).map { n in
      var tensor = Tensor<Double>(repeating: 0, shape: [n + 1, 2])
      for k in tensor.elements.indices { tensor.elements[k] = Double(100 * n + k) }
      return tensor
    }
  }

  /// Returns the sequences of an epoch in order, identified by their first value, and checks every value of every
  /// batch.
  private func epoch(_ source: inout ArraySource<Double>, _ batch: inout SequenceBatch<Double>) throws -> [Int] {
    var order: [Int] = []
    while try source.next(into: &batch) {
      try batch.validate(oneTargetPerSequence: source.hasOneTargetPerSequence)
      let lengths = try #require(batch.lengths)
      #expect(batch.steps == lengths.max())
      for row in 0..<batch.batchSize {
        let n = Int(batch.inputs[row * 2]) / 100
        order.append(n)
        #expect(lengths[row] == n + 1)
        #expect(batch.classes[row] == Int32(n % 3))
        for t in 0..<lengths[row] {
          for i in 0..<2 {
            #expect(batch.inputs[(t * batch.batchSize + row) * 2 + i] == Double(100 * n + 2 * t + i))
          }
        }
      }
    }
    return order
  }

  @Test("an epoch returns every sequence once, and each epoch has a new order that the seed determines")
  func epochs() throws {
    let labels = (0..<10).map { $0 % 3 }
    func source(_ seed: UInt64) throws -> ArraySource<Double> {
      try ArraySource(sequences: sequences(10), targets: .classes(labels, count: 3), batchSize: 4, seed: seed)
    }
    var (first, again, other) = (try source(1), try source(1), try source(2))
    var batch = first.makeBatch()
    #expect(batch.steps == 10 && batch.batchSize == 4 && batch.inputs.count == 80)
    let orders = [try epoch(&first, &batch), try epoch(&first, &batch)]
    print("two epochs:", orders)
    #expect(orders.allSatisfy { $0.sorted() == Array(0..<10) })
    #expect(orders[0] != orders[1])
    #expect([try epoch(&again, &batch), try epoch(&again, &batch)] == orders)
    #expect(try epoch(&other, &batch) != orders[0])
    var fixed = try ArraySource(
      sequences: sequences(10), targets: .classes(labels, count: 3), batchSize: 4, shuffles: false)
    #expect(try epoch(&fixed, &batch) == Array(0..<10))
  }

  @Test("targets per step and target values are at the position of their step")
  func targets() throws {
    let steps = (0..<3).map { n in Array(repeating: n, count: n + 1) }
    var classes = try ArraySource(
      sequences: sequences(3), targets: .classesPerStep(steps, count: 3), batchSize: 3, shuffles: false)
    var batch = classes.makeBatch()
    #expect(try classes.next(into: &batch))
    try batch.validate()
    for n in 0..<3 { #expect((0...n).allSatisfy { batch.classes[$0 * 3 + n] == Int32(n) }) }

    var values = try ArraySource(
      sequences: sequences(3), targets: .valuesPerStep(sequences(3)), batchSize: 3, shuffles: false)
    batch = values.makeBatch()
    #expect(try values.next(into: &batch))
    try batch.validate()
    for n in 0..<3 { #expect(batch.targets[(n * 3 + n) * 2 + 1] == Double(100 * n + 2 * n + 1)) }

    var vectors = try ArraySource(
      sequences: sequences(3), targets: .values([[1, 2], [3, 4], [5, 6]]), batchSize: 3, shuffles: false)
    batch = vectors.makeBatch()
    #expect(try vectors.next(into: &batch))
    try batch.validate(oneTargetPerSequence: true)
    #expect(batch.targets == [1, 2, 3, 4, 5, 6])
  }

  @Test("invalid sequences and targets are refused with the sequence's number")
  func refusals() {
    func refused(_ word: String, _ targets: ArraySource<Double>.Targets, _ x: [Tensor<Double>], _ size: Int = 2) {
      do {
        _ = try ArraySource(sequences: x, targets: targets, batchSize: size)
        Issue.record("accepted: \(word)")
      } catch {
        print("refused:", error)
        #expect("\(error)".contains(word))
      }
    }
    let x = sequences(2)
    refused("at least one sequence", .classes([], count: 2), [])
    refused("batch size must be at least 1, but is 0", .classes([0, 1], count: 2), x, 0)
    refused("Sequence 1 has the class 2", .classes([0, 2], count: 2), x)
    refused("2 sequences, but 1 targets", .classes([0], count: 2), x)
    refused("Sequence 1 has 2 steps, but 1 classes", .classesPerStep([[0], [0]], count: 2), x)
    refused("Sequence 1 has 2 target values", .values([[1], [1, 2]]), x)
    refused("target of sequence 0", .valuesPerStep([x[1], x[1]]), x)
    refused(
      "Sequence 1 has the shape [1, 3]", .classes([0, 1], count: 2), [x[0], .init(repeating: 0, shape: [1, 3])])
    refused("Sequence 0 has the shape [0, 2]", .classes([0], count: 2), [.init(repeating: 0, shape: [0, 2])])
  }

  @Test("the steady state allocates nothing")
  func allocations() throws {
    var source = try ArraySource(
      sequences: sequences(10), targets: .classes(Array(repeating: 0, count: 10), count: 3), batchSize: 4)
    var batch = source.makeBatch()
    let count = allocationCount { while (try? source.next(into: &batch)) == true {} }
    print("allocations of an epoch:", count)
    #expect(count == 0)
  }
}
