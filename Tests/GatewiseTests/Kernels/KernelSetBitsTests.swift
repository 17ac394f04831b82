import Testing

@testable import Gatewise

/// Sets with fused multiply-add give the same bits for any vector width and tile shape.
@Suite struct KernelSetBitsTests {
  private static let fusing = [InstructionSet.avx512, .avx2].filter(\.isSupported)

  @Test(.enabled(if: fusing.count == 2)) func products() throws {
    try checkProducts(Float.self)
    try checkProducts(Double.self)
  }

  /// The sum of exponentials has the same order in every set.
  @Test(.enabled(if: fusing.count == 2)) func softmax() throws {
    try checkSoftmax(Float.self)
    try checkSoftmax(Double.self)
  }

  private func checkSoftmax<S: Scalar>(_: S.Type) throws {
    let kernels = try Self.fusing.map { try Kernels<S>(for: $0) }
    for count in Array(1...70) + [154, 1000] {
      var random = OperandStream<S>(seed: count, name: "softmax")
      let x = random.values(count, 5)
      let found = kernels.map { kernels -> [S] in
        var y = [S](repeating: .nan, count: count)
        let logarithm = kernels.softmax(count, x, &y)
        return y + [logarithm]
      }
      #expect(Agreement.sameBits(found[0], found[1]), "\(S.self), \(count) elements")
    }
  }

  /// Sums of codes are integers, computed by different instructions.
  @Test(.enabled(if: fusing.count == 2)) func `int8 weights`() throws {
    for (rows, I, H) in [(1, 3, 7), (8, 20, 33), (13, 0, 64), (6, 131, 100)] {
      let found = try Self.fusing.map { set in
        let kernels = try Kernels<Float>(for: set)
        return GateOperands(kernels, rows: rows, inputs: I, hidden: H, peepholes: true, seed: H, storage: .int8)
          .forward(kernels, rows: 0..<rows)
      }
      #expect(found[0] == found[1], "\(rows) rows, H \(H)")
    }
  }

  private func checkProducts<S: Scalar>(_: S.Type) throws {
    let kernels = try Self.fusing.map { try Kernels<S>(for: $0) }
    for (rows, I, H) in [(1, 3, 7), (8, 20, 33), (13, 0, 64), (300, 33, 100)] {
      let found = kernels.map { kernels -> [[S]] in
        let gates = GateOperands(kernels, rows: rows, inputs: I, hidden: H, peepholes: true, seed: H)
        let step = gates.forward(kernels, rows: 0..<rows)
        let product = ProductOperands(kernels, rows: rows, columns: H, depth: 12 * H, seed: H)
        let error = product.product(kernels, rows: 0..<rows, adds: true)
        let sums = WeightGradientOperands<S>(rows: rows, inputs: I, hidden: H, columns: 4 * H, seed: H).sums(kernels)
        return [step.gates, step.c, step.h, error, sums.inputWeights, sums.recurrentWeights, sums.bias]
      }
      #expect(zip(found[0], found[1]).allSatisfy { Agreement.sameBits($0, $1) }, "\(rows) rows, H \(H)")
    }
  }
}
