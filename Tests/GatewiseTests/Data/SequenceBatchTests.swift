import Testing

@testable import Gatewise

@Suite("Sequence batches") struct SequenceBatchTests {
  /// Two sequences of three steps with two inputs and four classes.
  private func batch() -> SequenceBatch<Float> {
    var batch = SequenceBatch<Float>(steps: 3, batchSize: 2, inputSize: 2, outputSize: 4)
    batch.inputs = Array(repeating: 1, count: 12)
    batch.classes = [0, 1, 2, 3, 0, 1]
    return batch
  }

  private func problem(_ batch: SequenceBatch<Float>, perSequence: Bool = false) -> String? {
    do {
      try batch.validate(oneTargetPerSequence: perSequence)
      return nil
    } catch {
      print("refused:", error)
      return "\(error)"
    }
  }

  @Test("a valid batch is accepted")
  func fitting() throws {
    var batch = batch()
    #expect(problem(batch) == nil)
    batch.lengths = [3, 0]
    batch.mask = Array(repeating: 1, count: 6)
    #expect(problem(batch) == nil)
    #expect(batch.realSteps == 3)
    batch.classes = [0, 1]
    batch.mask = [1, 0]
    #expect(problem(batch, perSequence: true) == nil)
    let tensor = Tensor<Float>(repeating: 0, shape: [3, 2, 5])
    #expect(try SequenceBatch(inputs: tensor).inputSize == 5)
  }

  @Test("a mask must be finite and not negative outside of padding; sizes too large for memory are refused")
  func masksAndHugeSizes() {
    var batch = batch()
    for value in [-1, .nan, .infinity] as [Float] {
      batch.mask = [1, 1, 1, 1, 1, value]
      batch.lengths = nil
      #expect(problem(batch)?.contains("mask at step 2 of sequence 1") == true)
      batch.lengths = [3, 2]
      #expect(problem(batch) == nil)
    }
    batch.steps = .max
    #expect(problem(batch)?.contains("too large for any memory") == true)
  }

  @Test("every array with a wrong size is named")
  func sizes() {
    let breaks: [(String, (inout SequenceBatch<Float>) -> Void)] = [
      ("inputs", { $0.inputs.removeLast() }), ("classes", { $0.classes.append(0) }),
      ("lengths", { $0.lengths = [3] }), ("mask", { $0.mask = [1] }),
      (
        "targets",
        {
          $0.classes = []
          $0.targets = [1]
        }
      ), ("both", { $0.targets = Array(repeating: 0, count: 24) }),
      ("both", { $0.tokens = Array(repeating: 0, count: 6) }), ("at least one", { $0.inputSize = 0 }),
      ("length 4", { $0.lengths = [2, 4] }), ("length -1", { $0.lengths = [-1, 2] }),
    ]
    for (word, change) in breaks {
      var broken = batch()
      change(&broken)
      #expect(problem(broken)?.contains(word) == true, "\(word)")
    }
    #expect(problem(batch(), perSequence: true)?.contains("classes") == true)
    #expect(throws: GatewiseError.self) {
      try SequenceBatch(inputs: Tensor<Float>(repeating: 0, shape: [3, 2]))
    }
  }

  @Test("a token out of range is found, except in the padding")
  func tokens() {
    var batch = SequenceBatch<Float>(steps: 2, batchSize: 2, inputSize: 5)
    batch.tokens = [0, 4, 5, 1]
    #expect(problem(batch)?.contains("Token 5 at step 1 of sequence 0") == true)
    batch.lengths = [1, 2]
    #expect(problem(batch) == nil)
    batch.tokens[0] = -1
    #expect(problem(batch)?.contains("Token -1 at step 0") == true)
  }

  @Test("validation and resizing allocate nothing")
  func allocations() {
    var batch = batch()
    batch.lengths = [3, 2]
    batch.mask = Array(repeating: 1, count: 6)
    let count = allocationCount {
      for steps in [3, 1, 2, 3] {
        batch.steps = steps
        batch.resizeArrays()
        batch.lengths?[0] = steps
        batch.lengths?[1] = steps
        try? batch.validate()
      }
    }
    print("allocations of validation and resizing:", count)
    #expect(count == 0)
  }
}
