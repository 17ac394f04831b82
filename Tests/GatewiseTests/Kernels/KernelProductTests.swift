import Testing

@testable import Gatewise

/// A·B with B packed against plain loops in wide arithmetic, and the same bits for any rows, parts and layouts.
@Suite struct KernelProductTests {
  /// B = Rᵀ, whose depth is 4H; B = Wᵀ, whose depth is that of another size; and depths on both sides of the 1024 terms
  /// for which a panel is read at once.
  private static var sizes: [(columns: Int, depth: Int, rows: Int)] {
    let recurrent = KernelForwardProductTests.hiddenSizes.flatMap { H in
      (H <= 20 ? KernelForwardProductTests.rowCounts : [1, 2, 3, 5, 13, 33]).map { (H, 4 * H, $0) }
    }
    let input = (Array(1...40) + [70]).flatMap { I in [1, 3, 52, 131].map { (I, $0, 1 + (I + $0) % 9) } }
    let deep = [1023, 1024, 1025, 2048, 2500].flatMap { depth in [1, 5, 33, 67].map { ($0, depth, 1 + $0 % 8) } }
    return recurrent + input + deep
  }

  @Test(arguments: InstructionSet.supported)
  func product(_ set: InstructionSet) throws {
    try check(Float.self, set)
    try check(Double.self, set)
  }

  private func check<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for (columns, depth, rows) in Self.sizes {
      let operands = ProductOperands(kernels, rows: rows, columns: columns, depth: depth, seed: columns * 64 + rows)
      for adds in [true, false] {
        let found = operands.product(kernels, rows: 0..<rows, adds: adds)
        worst = max(worst, operands.plain(adds: adds).error(of: found))
      }
    }
    print("\(set) \(S.self): product \(worst) ulp of the sum of magnitudes")
    #expect(worst <= 4)
  }

  @Test(arguments: InstructionSet.supported)
  func partsOfTheColumns(_ set: InstructionSet) throws {
    try checkParts(Float.self, set)
    try checkParts(Double.self, set)
  }

  private func checkParts<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (columns, depth) in [(1, 4), (7, 52), (33, 132), (64, 256), (100, 1500), (200, 31), (391, 8)] {
      let operands = ProductOperands(kernels, rows: 8, columns: columns, depth: depth, seed: columns)
      #expect(!operands.packed.values.contains { $0.isNaN })
      let whole = operands.product(kernels, rows: 0..<8, adds: false)
      let added = operands.product(kernels, rows: 0..<8, adds: true)
      for parts in 1...5 {
        let ranges = Parts.ranges(kernels, units: columns, parts: parts)
        let b = ProductOperands.transposed(operands.b, rows: columns, columns: depth)
        for (matrix, isTransposed) in [(operands.b, true), (b, false)] {
          let packed = ProductOperands.packed(
            kernels, matrix, isTransposed: isTransposed, columns: columns, depth: depth, parts: ranges.reversed())
          #expect(packed.values == operands.packed.values, "\(columns) columns, \(parts) parts, \(isTransposed)")
        }
        let found = ranges.map { operands.product(kernels, rows: 0..<8, adds: false, parts: [$0]) }
        #expect(Parts.joined(found) == whole, "\(columns) columns, \(parts) parts")
        // A column in two parts would be added twice.
        #expect(operands.product(kernels, rows: 0..<8, adds: true, parts: ranges) == added)
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
    for (columns, depth) in [(7, 28), (33, 1100), (64, 100), (100, 400)] {
      let operands = ProductOperands(kernels, rows: 40, columns: columns, depth: depth, seed: columns)
      for adds in [true, false] {
        let alone = (0..<40).map { operands.product(kernels, rows: $0..<($0 + 1), adds: adds) }
        for rows in 1...40 {
          let part = (40 - rows)..<40
          let found = operands.product(kernels, rows: part, adds: adds)
          #expect(Agreement.sameBits(found, part.flatMap { alone[$0] }))
          #expect(operands.product(kernels, rows: part, adds: adds, transposingA: true) == found)
        }
      }
    }
  }
}
