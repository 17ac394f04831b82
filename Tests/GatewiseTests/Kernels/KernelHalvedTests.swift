import Testing

@testable import Gatewise

/// Weights packed as bfloat16 give the bits of weights that were rounded to bfloat16 before.
@Suite struct KernelHalvedTests {
  @Test(arguments: InstructionSet.supported)
  func `halved weights are rounded weights`(_ set: InstructionSet) throws {
    let kernels = try Kernels<Float>(for: set)
    for H in Array(1...20) + [33, 64, 70, 100] {
      for (rows, I) in [(1, 0), (1, 3), (2, 20), (6, 1), (13, 33)] {
        func operands(halved: Bool) -> GateOperands<Float> {
          GateOperands(
            kernels, rows: rows, inputs: I, hidden: H, peepholes: H % 2 == 0, seed: H * 100 + I,
            storage: halved ? .bfloat16 : .full,
            roundsWeights: !halved)
        }
        let (halved, rounded) = (operands(halved: true), operands(halved: false))
        let reference = rounded.forward(kernels, rows: 0..<rows)
        for call in GateOperands<Float>.Call.allCases {
          let found = halved.forward(kernels, rows: 0..<rows, call)
          #expect(Agreement.sameBits(found.c, reference.c) && Agreement.sameBits(found.h, reference.h), "\(call)")
        }
        let parts = GateOperands.packed(
          kernels, w: halved.w, r: halved.r, b: halved.b, inputs: I, hidden: H,
          units: Parts.ranges(kernels, units: H, parts: 3), storage: .bfloat16)
        #expect(Agreement.sameBits(parts.values, halved.packed.values))
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `rounding is to nearest even`(_ set: InstructionSet) throws {
    let kernels = try Kernels<Float>(for: set)
    // One input of 1 and one unit: its pre-activation is the stored weight.
    let weights: [Float] = [
      1, -1, 0x1.01p0, 0x1.02p0, 0x1.03p0, 0x1.010002p0, 0x1.fffffep0, -0x1.03p-7, 0, -0.0, .leastNonzeroMagnitude,
      .greatestFiniteMagnitude, .infinity, -.infinity, .nan, Float(bitPattern: 0x7f80_0001),
    ]
    for weight in weights {
      let packed = GateOperands<Float>.packed(
        kernels, w: [weight, 0, 0, 0], r: [0, 0, 0, 0], b: [0, 0, 0, 0], inputs: 1, hidden: 1, units: [0..<1],
        storage: .bfloat16)
      let (x, gates) = (GuardedBuffer<Float>([1]), GuardedBuffer<Float>([0, 0, 0, 0]))
      kernels.inputProduct(
        InputProduct(
          rows: 1, inputs: 1, hidden: 1, first: 0, end: 1, x: x.start, packed: packed.start,
          storage: WeightStorage.bfloat16.format,
          gates: gates.start, scratch: nil))
      let expected = weight.toBFloat16
      let found = gates.values[0]
      #expect(found == expected || found.isNaN && expected.isNaN, "\(weight): \(found)")
    }
  }
}

extension Float {
  /// The nearest number of 8 significant bits, ties to even, in plain arithmetic, with Float's range of exponents.
  var toBFloat16: Float {
    guard isFinite, self != 0 else { return self }
    let step = max(exponent, Float.leastNormalMagnitude.exponent) - 7
    let scaled = (Double(self) / Double(sign: .plus, exponent: Int(step), significand: 1))
    return Float(scaled.rounded(.toNearestOrEven) * Double(sign: .plus, exponent: Int(step), significand: 1))
  }
}
