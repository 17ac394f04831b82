import Testing

@testable import Gatewise

/// dW, dR and db over many rows against plain loops in wide arithmetic, and the same bits for any split of the columns.
@Suite struct KernelWeightGradientTests {
  /// On both sides of the 256 rows that are summed at once.
  private static let rowCounts = [0, 1, 2, 7, 255, 256, 257, 600]
  private static let widths = KernelForwardProductTests.inputSizes

  /// Few columns with every row count, and enough that every set copies the left factor.
  private static var sizes: [(rows: Int, I: Int, H: Int, columns: Int)] {
    let few = (Array(1...40) + [67, 131]).flatMap { columns in
      rowCounts.map { ($0, widths[(7 * columns + $0) % widths.count], 1 + (columns + $0) % 20, columns) }
    }
    let many = [0, 1, 255, 257, 600].flatMap { rows in [512, 515, 643].map { (rows, 1 + rows % 13, 20, $0) } }
    return few + many
  }

  @Test(arguments: InstructionSet.supported)
  func sums(_ set: InstructionSet) throws {
    try checkSums(Float.self, set)
    try checkSums(Double.self, set)
  }

  private func checkSums<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = (inputs: 0.0, recurrent: 0.0, bias: 0.0)
    for (rows, I, H, columns) in Self.sizes {
      let operands = WeightGradientOperands<S>(
        rows: rows, inputs: I, hidden: H, columns: columns, seed: rows + columns)
      let found = operands.sums(kernels)
      worst.inputs = max(worst.inputs, operands.plainInputWeights.error(of: found.inputWeights))
      worst.recurrent = max(worst.recurrent, operands.plainRecurrentWeights.error(of: found.recurrentWeights))
      worst.bias = max(worst.bias, operands.plainBias.error(of: found.bias))
      if rows == 0 { #expect((found.inputWeights + found.recurrentWeights + found.bias).allSatisfy { $0 == 0 }) }

      let without = operands.sums(kernels, takesInput: false)
      #expect(without.inputWeights.allSatisfy { $0.isNaN })
      #expect(without.recurrentWeights == found.recurrentWeights && without.bias == found.bias)
    }
    print("\(set) \(S.self): weight gradient \(worst) ulp of the sum of magnitudes")
    #expect(worst.inputs <= 4 && worst.recurrent <= 4 && worst.bias <= 4)
  }

  @Test(arguments: InstructionSet.supported)
  func partsOfTheColumns(_ set: InstructionSet) throws {
    try checkParts(Float.self, set)
    try checkParts(Double.self, set)
  }

  private func checkParts<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    // The first and the last split combine parts that copy the left factor with parts that do not.
    let splits = [[0, 700, 709], [0, 1, 2, 709], [0, 13, 64, 130, 131, 400, 709], [0, 190, 709]]
    for rows in [1, 255, 257, 600] {
      let operands = WeightGradientOperands<S>(rows: rows, inputs: 9, hidden: 13, columns: 709, seed: rows)
      let whole = operands.sums(kernels)
      for split in splits {
        let found = zip(split, split.dropFirst()).map { operands.sums(kernels, part: $0..<$1) }
        #expect(Parts.joined(found.map(\.inputWeights)) == whole.inputWeights, "\(rows) rows, \(split)")
        #expect(Parts.joined(found.map(\.recurrentWeights)) == whole.recurrentWeights, "\(rows) rows, \(split)")
        #expect(Parts.joined(found.map(\.bias)) == whole.bias, "\(rows) rows, \(split)")
      }
    }
  }
}
