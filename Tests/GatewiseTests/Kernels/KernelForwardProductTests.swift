import Testing

@testable import Gatewise

/// x·W + b, and the step after x·W + b + y·R, against plain loops in wide arithmetic.
@Suite struct KernelForwardProductTests {
  static let hiddenSizes = Array(1...40) + [64, 100]
  static let rowCounts = Array(1...20) + [33]
  static let inputSizes = Array(1...20) + [0, 33, 70]

  /// Small hidden sizes are combined with every row count, the others with one of every kind of tile; each with three
  /// of the input sizes in rotation.
  static var sizes: [(H: Int, I: Int, rows: Int)] {
    hiddenSizes.flatMap { H in
      (H <= 20 ? rowCounts : [1, 2, 3, 5, 13, 33]).flatMap { rows in
        (0..<3).map { turn in (H, inputSizes[(5 * H + 3 * rows + 8 * turn) % inputSizes.count], rows) }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func inputProduct(_ set: InstructionSet) throws {
    try checkInputProduct(Float.self, set)
    try checkInputProduct(Double.self, set)
  }

  private func checkInputProduct<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for (H, I, rows) in Self.sizes {
      let operands = GateOperands(kernels, rows: rows, inputs: I, hidden: H, peepholes: false, seed: H * 64 + rows)
      worst = max(worst, operands.plainInputProduct.error(of: operands.inputProduct(kernels, rows: 0..<rows)))
    }
    print("\(set) \(S.self): input product \(worst) ulp of the sum of magnitudes")
    #expect(worst <= 4)
  }

  @Test(arguments: InstructionSet.supported)
  func recurrentStep(_ set: InstructionSet) throws {
    try checkRecurrentStep(Float.self, set)
    try checkRecurrentStep(Double.self, set)
  }

  private func checkRecurrentStep<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for (H, I, rows) in Self.sizes {
      for peepholes in [false, true] {
        let operands = GateOperands(
          kernels, rows: rows, inputs: I, hidden: H, peepholes: peepholes, seed: H * 64 + rows)
        let found = operands.forward(kernels, rows: 0..<rows)
        let a = zip(operands.plainInputProduct.values, operands.plainRecurrentProduct.values).map { $0 + $1 }
        for row in 0..<rows {
          for j in 0..<H {
            let n = row * H + j
            let unit = KernelStepTests.Unit(
              a: (0..<4).map { a[(row * 4 + $0) * H + j] }, cPrevious: Wide(operands.step.cPrevious[n]),
              p: operands.step.peepholes(at: j))
            let values = (0..<4).map { found.gates[(row * 4 + $0) * H + j] } + [found.c[n], found.h[n]]
            for (value, reference) in zip(values, [unit.i, unit.f, unit.g, unit.o, unit.c, unit.h]) {
              let error = Double(abs(Wide(value) - reference) / Wide(S.ulpOfOne))
              worst = error <= worst ? worst : error.isNaN ? .infinity : error
            }
          }
        }
      }
    }
    print("\(set) \(S.self): recurrent step \(worst) ulp of 1")
    #expect(worst <= 16)
  }

  /// The panels hold every element, with zeros beyond the last unit, for any number of calls that fill them.
  @Test(arguments: InstructionSet.supported)
  func packedInParts(_ set: InstructionSet) throws {
    try checkPackedInParts(Float.self, set)
    try checkPackedInParts(Double.self, set)
  }

  private func checkPackedInParts<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for H in Self.hiddenSizes + [200] {
      for I in [0, 1, 33] {
        let operands = GateOperands(kernels, rows: 1, inputs: I, hidden: H, peepholes: false, seed: H)
        #expect(!operands.packed.values.contains { $0.isNaN })
        for parts in 1...5 {
          let inParts = GateOperands.packed(
            kernels, w: operands.w, r: operands.r, b: operands.b, inputs: I, hidden: H,
            units: Parts.ranges(kernels, units: H, parts: parts).reversed())
          #expect(inParts.values == operands.packed.values, "H \(H), I \(I), \(parts) parts")
        }
      }
    }
  }
}
