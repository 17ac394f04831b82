import Testing

@testable import Gatewise

/// All variants of a forward step give the same bits: fused or after the input product, panels in either order, whole
/// or in parts of the units, a row alone or among others.
@Suite struct KernelForwardBitsTests {
  private static let sizes = [(1, 3), (5, 0), (7, 1), (16, 9), (33, 20), (64, 70), (100, 33), (150, 5)]

  private static func operands<S: Scalar>(_ kernels: Kernels<S>, rows: Int) -> [GateOperands<S>] {
    sizes.flatMap { (H, I) in
      [false, true].map {
        GateOperands(kernels, rows: rows, inputs: I, hidden: H, peepholes: $0, seed: H * 100 + I)
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func everyCall(_ set: InstructionSet) throws {
    try checkEveryCall(Float.self, set)
    try checkEveryCall(Double.self, set)
  }

  private func checkEveryCall<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for rows in [1, 2, 3, 7, 13] {
      for operands in Self.operands(kernels, rows: rows) {
        let fused = operands.forward(kernels, rows: 0..<rows)
        for call in GateOperands<S>.Call.allCases {
          let found = operands.forward(kernels, rows: 0..<rows, call)
          #expect(Agreement.sameBits(found.c, fused.c) && Agreement.sameBits(found.h, fused.h), "\(call)")
          #expect(Agreement.sameBits(found.gates, call.leavesGates ? fused.gates : []), "\(call)")
        }
      }
    }
  }

  /// The pre-activations from `inputProduct`, with y_{t-1} as further inputs, and `forwardStep` on them.
  @Test(arguments: InstructionSet.supported)
  func theStepIsForwardStep(_ set: InstructionSet) throws {
    try checkTheStep(Float.self, set)
    try checkTheStep(Double.self, set)
  }

  private func checkTheStep<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for operands in Self.operands(kernels, rows: 5) {
      let (H, I) = (operands.step.hidden, operands.inputs)
      let beside = (0..<5).flatMap {
        operands.x.rows($0..<($0 + 1), width: I) + operands.yPrevious.rows($0..<($0 + 1), width: H)
      }
      let packed = GateOperands.packed(
        kernels, w: operands.w + operands.r, r: operands.r, b: operands.b, inputs: I + H, hidden: H, units: [0..<H])
      let (x, gates) = (GuardedBuffer(beside), GuardedBuffer([S](repeating: .nan, count: 5 * 4 * H)))
      kernels.inputProduct(
        InputProduct(
          rows: 5, inputs: I + H, hidden: H, first: 0, end: H, x: x.start, packed: packed.start,
          storage: WeightStorage.full.format,
          gates: gates.start, scratch: nil))
      var step = operands.step
      step.preActivations = gates.values
      #expect(step.forward(kernels, inPlace: false) == operands.forward(kernels, rows: 0..<5))
    }
  }

  @Test(arguments: InstructionSet.supported)
  func partsOfTheUnits(_ set: InstructionSet) throws {
    try checkParts(Float.self, set)
    try checkParts(Double.self, set)
  }

  private func checkParts<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for operands in Self.operands(kernels, rows: 8) {
      let (input, step) = (operands.inputProduct(kernels, rows: 0..<8), operands.forward(kernels, rows: 0..<8))
      for parts in 1...5 {
        let ranges = Parts.ranges(kernels, units: operands.step.hidden, parts: parts)
        #expect(Parts.joined(ranges.map { operands.inputProduct(kernels, rows: 0..<8, units: $0) }) == input)
        for call in [GateOperands<S>.Call.fused, .fusedReversed, .inputsDone] {
          let found = ranges.map { operands.forward(kernels, rows: 0..<8, call, units: $0) }
          #expect(Parts.joined(found.map(\.gates)) == step.gates, "\(parts) parts, \(call)")
          #expect(Parts.joined(found.map(\.c)) == step.c && Parts.joined(found.map(\.h)) == step.h)
        }
      }
    }
  }

  /// Rows 1 ... 40 together and each alone.
  @Test(arguments: InstructionSet.supported)
  func aRowAloneAndAmongOthers(_ set: InstructionSet) throws {
    try checkRows(Float.self, set)
    try checkRows(Double.self, set)
  }

  private func checkRows<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (H, I, peepholes) in [(7, 5, true), (33, 20, false), (64, 0, true), (100, 33, false)] {
      let operands = GateOperands(kernels, rows: 40, inputs: I, hidden: H, peepholes: peepholes, seed: H)
      let input = (0..<40).map { operands.inputProduct(kernels, rows: $0..<($0 + 1)) }
      let alone = (0..<40).map { operands.forward(kernels, rows: $0..<($0 + 1)) }
      for rows in 1...40 {
        let part = (40 - rows)..<40
        let found = operands.forward(kernels, rows: part, .fusedReversed)
        #expect(Agreement.sameBits(operands.inputProduct(kernels, rows: part), part.flatMap { input[$0] }))
        #expect(Agreement.sameBits(found.gates, part.flatMap { alone[$0].gates }))
        #expect(Agreement.sameBits(found.c, part.flatMap { alone[$0].c }))
        #expect(Agreement.sameBits(found.h, part.flatMap { alone[$0].h }))
      }
    }
  }
}
