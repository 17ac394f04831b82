import Testing

@testable import Gatewise

/// Where losses end: extreme logits, targets and settings that cannot be, and the memory they may use.
@Suite struct LossBoundsTests {
  private func value<S: Scalar>(_ loss: some Loss, _ outputs: [S], _ target: Target<S>) throws -> (S, [S]) {
    var gradient = [S](repeating: .nan, count: outputs.count)
    var scratch = gradient
    let value = loss.evaluate(
      outputs: outputs, count: outputs.count, target: target, scale: 1, gradient: &gradient, scratch: &scratch,
      kernels: try Kernels<S>.current())
    return (value, gradient)
  }

  @Test func `cross entropy of huge logits is their distance`() throws {
    let (loss, gradient) = try value(SoftmaxCrossEntropy(), [3e38, -1e38, 0] as [Float], Target(classIndex: 2))
    #expect(loss == 3e38)
    #expect(gradient == [1, 0, -1])
  }

  /// log(1 + e^-z) = e^-z for large z, which log(1 + u) alone would round to 0.
  @Test func `binary cross entropy keeps the digits of small losses`() throws {
    let one: [Double] = [1]
    try one.withUnsafeBufferPointer { one in
      let (small, _) = try value(BinaryCrossEntropy(), [40], Target(values: one.baseAddress!))
      let difference = relativeDifference([small], [4.248354255291589e-18])
      print("binary cross entropy at 40: relative difference \(difference)")
      #expect(difference < 1e-15)
      let (large, gradient) = try value(BinaryCrossEntropy(), [-1e300], Target(values: one.baseAddress!))
      #expect(large == 1e300)
      #expect(gradient == [-1])
    }
  }

  @Test func `NaN in the outputs is NaN in the loss`() throws {
    let t: [Double] = [0.5, 0.5]
    try t.withUnsafeBufferPointer { t in
      let losses: [any Loss] = [
        SoftmaxCrossEntropy(), MeanSquaredError(), BinaryCrossEntropy(), LogisticSquaredError(),
      ]
      for loss in losses {
        let target = loss.targetKind == .classes ? Target<Double>(classIndex: 0) : Target(values: t.baseAddress!)
        let (found, _) = try value(loss, [0, .nan], target)
        #expect(found.isNaN)
      }
    }
  }

  @Test func `a row that does not count writes zeros whatever it holds`() throws {
    let loss = SoftmaxCrossEntropy(ignoredIndex: 1)
    #expect(loss.weight(of: Target<Float>(classIndex: 1)) == 0)
    let (value, gradient) = try value(loss, [.nan, .infinity] as [Float], Target(classIndex: 1))
    #expect(value == 0)
    #expect(gradient == [0, 0])
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
    try SoftmaxCrossEntropy().validate(classIndex: 4, outputSize: 5, step: 0, sequence: 0)
    try SoftmaxCrossEntropy(ignoredIndex: Int(index)).validate(classIndex: index, outputSize: 5, step: 0, sequence: 0)
    #expect(
      throws: GatewiseError.invalidArgument(
        "The target of step 7 of sequence 3 is class \(index), but 5 outputs have classes 0 to 4; correct the target, "
          + "or name it as the ignored index.")
    ) {
      try SoftmaxCrossEntropy(ignoredIndex: -100).validate(classIndex: index, outputSize: 5, step: 7, sequence: 3)
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
          let (z, dz, buffer) = (row.baseAddress!, gradient.baseAddress!, scratch.baseAddress!)
          let target = loss.targetKind == .classes ? Target<Float>(classIndex: 2) : Target(values: z)
          let count = allocationCount {
            _ = loss.evaluate(
              outputs: z, count: 3, target: target, scale: 1, gradient: dz, scratch: buffer, kernels: kernels)
            _ = loss.weight(of: target)
          }
          print("\(example.testDescription): \(count) allocations")
          #expect(count == 0)
        }
      }
    }
  }
}
