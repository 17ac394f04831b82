import Testing

@testable import Gatewise

/// Where losses end: extreme logits, targets and settings that cannot be, and the memory they may use.
@Suite struct LossBoundsTests {
  private func value<S: Scalar>(
    _ loss: some Loss, _ outputs: [S], values: [S] = [], class index: Int = 0
  ) throws -> (S, [S]) {
    LossRows.value(of: loss, outputs, values: values, class: index, kernels: try Kernels<S>.current())
  }

  @Test func `cross entropy of huge logits is their distance`() throws {
    let (loss, gradient) = try value(SoftmaxCrossEntropy(), [3e38, -1e38, 0] as [Float], class: 2)
    #expect(loss == 3e38)
    #expect(gradient == [1, 0, -1])
  }

  /// log(1 + e^-z) = e^-z for large z, which log(1 + u) alone would round to 0.
  @Test func `binary cross entropy keeps the digits of small losses`() throws {
    let (small, _) = try value(BinaryCrossEntropy(), [40.0], values: [1])
    let difference = relativeDifference([small], [4.248354255291589e-18])
    print("binary cross entropy at 40: relative difference \(difference)")
    #expect(difference < 1e-15)
    let (large, gradient) = try value(BinaryCrossEntropy(), [-1e300], values: [1])
    #expect(large == 1e300)
    #expect(gradient == [-1])
  }

  @Test func `NaN in the outputs is NaN in the loss`() throws {
    let losses: [any Loss] = [
      SoftmaxCrossEntropy(), MeanSquaredError(), BinaryCrossEntropy(), LogisticSquaredError(),
    ]
    for loss in losses {
      let (found, _) = try value(loss, [0.0, .nan], values: [0.5, 0.5])
      #expect(found.isNaN)
    }
  }

  @Test func `a row that does not count writes zeros whatever it holds`() throws {
    let loss = SoftmaxCrossEntropy(ignoredIndex: 1)
    #expect(loss.weight(ofClass: 1, outputSize: 2) == 0)
    let configuration = LSTMConfiguration(inputSize: 1, hiddenSizes: [2], readout: .init(outputSize: 2))
    var batch = SequenceBatch<Float>(steps: 1, batchSize: 2, inputSize: 1, outputSize: 2)
    batch.classes = [1, 0]
    let shape = try EngineShape<Float>(
      configuration: configuration, steps: 1, batchSize: 2, purpose: .training, execution: .standard())
    let engine = try Gatewise.Engine(shape, team: ThreadTeam(threads: 1))
    engine.window.load(batch, steps: 1)
    [.nan, .infinity, 0, 0].withView { engine.output.elements.copy(from: $0) }
    engine.outputError.fill(.nan)
    engine.evaluate(loss, on: batch, from: 0, weight: 1, wantsError: true)
    var value = 0.0
    engine.losses.add(to: &value)
    #expect(Float(value) == 0.6931472)
    #expect((0..<4).map { engine.outputError.elements[$0] } == [0, 0, -0.5, 0.5])
  }

  @Test func `refuses class weights that cannot be`() throws {
    try SoftmaxCrossEntropy(classWeights: [0, 1]).validate(outputSize: 2)
    #expect(throws: GatewiseError.shapeMismatch(name: "The list of class weights", expected: [3], found: [2])) {
      try SoftmaxCrossEntropy(classWeights: [1, 1]).validate(outputSize: 3)
    }
    #expect(
      throws: GatewiseError.invalidArgument(
        "The weight of class 1 is -1.0; a class weight is a finite number of at least 0.")
    ) {
      try SoftmaxCrossEntropy(classWeights: [1, -1]).validate(outputSize: 2)
    }
    #expect(
      throws: GatewiseError.invalidArgument(
        "All class weights are 0, so no row would count; give at least one class a weight.")
    ) {
      try SoftmaxCrossEntropy(classWeights: [0, 0]).validate(outputSize: 2)
    }
  }

  @Test(arguments: [-1, 5, Int32.max]) func `refuses a class outside the outputs`(_ index: Int32) throws {
    #expect(SoftmaxCrossEntropy().weight(ofClass: 4, outputSize: 5) == 1)
    #expect(SoftmaxCrossEntropy().weight(ofClass: Int(index), outputSize: 5) == nil)
    #expect(SoftmaxCrossEntropy(ignoredIndex: Int(index)).weight(ofClass: Int(index), outputSize: 5) == 0)
    let configuration = LSTMConfiguration(inputSize: 1, hiddenSizes: [2], readout: .init(outputSize: 5))
    var batch = SequenceBatch<Float>(steps: 8, batchSize: 4, inputSize: 1, outputSize: 5)
    batch.classes = Array(repeating: 0, count: 32)
    batch.classes[7 * 4 + 3] = index
    try LossTargets.validate(batch, for: SoftmaxCrossEntropy(ignoredIndex: Int(index)), configuration)
    #expect(
      throws: GatewiseError.invalidArgument(
        "The target of step 7 of sequence 3 is class \(index), but 5 outputs have classes 0 to 4; correct the target, "
          + "or name it as the ignored index.")
    ) {
      try LossTargets.validate(batch, for: SoftmaxCrossEntropy(ignoredIndex: -100), configuration)
    }
  }

  @Test(arguments: LossTests.cases) func `allocates nothing`(_ example: LossTests.Case) throws {
    let kernels = try Kernels<Float>.current()
    let row: [Float] = [0.5, -1, 2]
    var (gradient, scratch) = (row, row)
    let loss = example.loss
    row.withUnsafeBufferPointer { row in
      gradient.withUnsafeMutableBufferPointer { gradient in
        scratch.withUnsafeMutableBufferPointer { scratch in
          let (dz, buffer) = (gradient.baseAddress!, scratch.baseAddress!)
          let row = OutputRow(
            outputs: VectorView(reading: row), values: VectorView(reading: row), classIndex: 2, scale: 1,
            slope: VectorView(dz, count: 3), scratch: VectorView(buffer, count: 3), kernels: kernels)
          let count = allocationCount {
            _ = (loss as! any KernelLoss).evaluate(row)
            _ = loss.weight(ofClass: 2, outputSize: 3)
          }
          print("\(example.testDescription): \(count) allocations")
          #expect(count == 0)
        }
      }
    }
  }
}
