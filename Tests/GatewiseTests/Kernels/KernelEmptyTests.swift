import Testing

@testable import Gatewise

/// Sizes of 0: no memory outside is accessed, and an empty sum is 0.
@Suite struct KernelEmptyTests {
  @Test(arguments: InstructionSet.supported)
  func sizesOfZero(_ set: InstructionSet) throws {
    try check(Float.self, set)
    try check(Double.self, set)
  }

  private func check<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (rows, I, H) in [(0, 3, 7), (3, 2, 0), (0, 0, 0)] {
      let gates = GateOperands(kernels, rows: rows, inputs: I, hidden: H, peepholes: true, seed: 1)
      #expect(gates.inputProduct(kernels, rows: 0..<rows).isEmpty)
      for call in GateOperands<S>.Call.allCases { #expect(gates.forward(kernels, rows: 0..<rows, call).h.isEmpty) }
      let sums = WeightGradientOperands<S>(rows: rows, inputs: I, hidden: H, columns: 4 * H, seed: 1).sums(kernels)
      #expect(sums.bias.allSatisfy { $0 == 0 })
    }
    for (rows, columns, depth) in [(0, 5, 8), (2, 0, 8), (2, 21, 0)] {
      let operands = ProductOperands(kernels, rows: rows, columns: columns, depth: depth, seed: 1)
      #expect(operands.product(kernels, rows: 0..<rows, adds: true) == operands.above)
      if depth == 0 { #expect(operands.product(kernels, rows: 0..<rows, adds: false).allSatisfy { $0 == 0 }) }
    }
  }
}
