import Testing

@testable import Gatewise

/// The parts of the units for a thread team.
@Suite struct KernelUnitPartTests {
  @Test(arguments: InstructionSet.supported)
  func everyUnitOnce(_ set: InstructionSet) throws {
    try checkEveryUnitOnce(Float.self, set)
    try checkEveryUnitOnce(Double.self, set)
  }

  private func checkEveryUnitOnce<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for units in 0...300 {
      for parts in 1...5 {
        let ranges = Parts.ranges(kernels, units: units, parts: parts)
        #expect(ranges.flatMap(Array.init) == Array(0..<units), "\(units) units, \(parts) parts")
      }
    }
    // Panels are divided as equally as possible.
    let sizes = Parts.ranges(kernels, units: 1024, parts: 4).map(\.count)
    #expect(sizes == [256, 256, 256, 256])
  }

  /// The backward step accepts any parts.
  @Test(arguments: InstructionSet.supported)
  func backwardStep(_ set: InstructionSet) throws {
    try checkBackwardStep(Float.self, set)
    try checkBackwardStep(Double.self, set)
  }

  private func checkBackwardStep<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (H, peepholes) in [(5, true), (33, false), (64, true), (100, true)] {
      let operands = StepOperands<S>(rows: 3, hidden: H, peepholes: peepholes, seed: UInt64(H))
      let step = operands.forward(kernels, inPlace: false)
      let whole = operands.backward(kernels, of: step, inPlace: false)
      for parts in 1...5 {
        for ranges in [
          Parts.ranges(kernels, units: H, parts: parts),
          (0..<parts).map { (H * $0 / parts)..<(H * ($0 + 1) / parts) },
        ] {
          for inPlace in [false, true] {
            #expect(operands.backward(kernels, of: step, inPlace: inPlace, parts: ranges) == whole)
            #expect(operands.backward(kernels, of: step, inPlace: inPlace, parts: ranges.reversed()) == whole)
          }
        }
      }
    }
  }
}
