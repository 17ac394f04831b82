import Testing

@testable import Gatewise

/// δ·Bᵀ with packed weights against plain loops in wide arithmetic, and the same bits for any rows and parts.
@Suite struct KernelPropagationTests {
  /// B = R, whose depth is 4H; B = W, whose depth is that of another size; and depths on both sides of the 1024
  /// terms that a panel is read for at once.
  private static var sizes: [(units: Int, depth: Int, rows: Int)] {
    let recurrent = KernelForwardProductTests.hiddenSizes.flatMap { H in
      (H <= 20 ? KernelForwardProductTests.rowCounts : [1, 2, 3, 5, 13, 33]).map { (H, 4 * H, $0) }
    }
    let input = (Array(1...40) + [70]).flatMap { I in [1, 3, 52, 131].map { (I, $0, 1 + (I + $0) % 9) } }
    let deep = [1023, 1024, 1025, 2048, 2500].flatMap { depth in [1, 5, 33, 67].map { ($0, depth, 1 + $0 % 8) } }
    return recurrent + input + deep
  }

  @Test(arguments: InstructionSet.supported)
  func propagate(_ set: InstructionSet) throws {
    try check(Float.self, set)
    try check(Double.self, set)
  }

  private func check<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for (units, depth, rows) in Self.sizes {
      let operands = PropagationOperands(kernels, rows: rows, units: units, depth: depth, seed: units * 64 + rows)
      for adds in [true, false] {
        let found = operands.propagate(kernels, rows: 0..<rows, adds: adds)
        worst = max(worst, operands.plain(adds: adds).error(of: found))
      }
    }
    print("\(set) \(S.self): propagation \(worst) ulp of the sum of magnitudes")
    #expect(worst <= 4)
  }

  @Test(arguments: InstructionSet.supported)
  func partsOfTheUnits(_ set: InstructionSet) throws {
    try checkParts(Float.self, set)
    try checkParts(Double.self, set)
  }

  private func checkParts<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (units, depth) in [(1, 4), (7, 52), (33, 132), (64, 256), (100, 1500), (200, 31), (391, 8)] {
      let operands = PropagationOperands(kernels, rows: 8, units: units, depth: depth, seed: units)
      #expect(!operands.packed.values.contains { $0.isNaN })
      let whole = operands.propagate(kernels, rows: 0..<8, adds: false)
      let added = operands.propagate(kernels, rows: 0..<8, adds: true)
      for parts in 1...5 {
        let ranges = Parts.ranges(kernels, units: units, parts: parts)
        let packed = PropagationOperands.packed(
          kernels, b: operands.b, units: units, depth: depth, parts: ranges.reversed())
        #expect(packed.values == operands.packed.values, "\(units) units, \(parts) parts")
        let found = ranges.map { operands.propagate(kernels, rows: 0..<8, adds: false, parts: [$0]) }
        #expect(Parts.joined(found) == whole, "\(units) units, \(parts) parts")
        // A unit of two parts would be added twice.
        #expect(operands.propagate(kernels, rows: 0..<8, adds: true, parts: ranges) == added)
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
    for (units, depth) in [(7, 28), (33, 1100), (64, 100), (100, 400)] {
      let operands = PropagationOperands(kernels, rows: 40, units: units, depth: depth, seed: units)
      for adds in [true, false] {
        let alone = (0..<40).map { operands.propagate(kernels, rows: $0..<($0 + 1), adds: adds) }
        for rows in 1...40 {
          let part = (40 - rows)..<40
          let found = operands.propagate(kernels, rows: part, adds: adds)
          #expect(Agreement.sameBits(found, part.flatMap { alone[$0] }))
        }
      }
    }
  }
}
