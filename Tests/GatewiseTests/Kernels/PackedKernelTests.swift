import Testing

@testable import Gatewise

/// The recurrent products with packed weights against plain loops in wide arithmetic, and the promise that a row's bits
/// do not depend on the rows beside it.
@Suite struct PackedKernelTests {
  static let hiddenSizes = Array(1...40) + [64, 100]
  static let rowCounts = Array(1...20) + [33]
  /// Small sizes go with every row count, the others with one of every kind of tile.
  static func rows(_ H: Int) -> [Int] { H <= 20 ? rowCounts : [1, 2, 3, 5, 13, 33] }

  @Test(arguments: InstructionSet.supported)
  func forward(_ set: InstructionSet) throws {
    try checkForward(Float.self, set)
    try checkForward(Double.self, set)
  }

  private func checkForward<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for H in Self.hiddenSizes {
      for rows in Self.rows(H) {
        for peepholes in [false, true] {
          let operands = PackedOperands(
            kernels, rows: rows, hidden: H, peepholes: peepholes, seed: UInt64(H * 64 + rows))
          let found = operands.forward(kernels, rows: 0..<rows)
          #expect(operands.forward(kernels, rows: 0..<rows, inPlace: true) == found)
          let wide = (y: operands.yPrevious.map(Wide.init), r: operands.weights.map(Wide.init))
          for row in 0..<rows {
            for j in 0..<H {
              let a = (0..<4).map { gate in
                var a = Wide(operands.step.preActivations[(row * 4 + gate) * H + j])
                for k in 0..<H { a += wide.y[row * H + k] * wide.r[(k * 4 + gate) * H + j] }
                return a
              }
              let n = row * H + j
              let unit = KernelStepTests.Unit(
                a: a, cPrevious: Wide(operands.step.cPrevious[n]), p: operands.step.peepholes(at: j))
              let values = (0..<4).map { found.gates[(row * 4 + $0) * H + j] } + [found.c[n], found.h[n]]
              for (value, reference) in zip(values, [unit.i, unit.f, unit.g, unit.o, unit.c, unit.h]) {
                let error = Double(abs(Wide(value) - reference) / Wide(S.ulpOfOne))
                worst = error <= worst ? worst : error.isNaN ? .infinity : error
              }
            }
          }
        }
      }
    }
    print("\(set) \(S.self): recurrent step \(worst) ulp of 1")
    #expect(worst <= 16)
  }

  @Test(arguments: InstructionSet.supported)
  func propagate(_ set: InstructionSet) throws {
    try checkPropagate(Float.self, set)
    try checkPropagate(Double.self, set)
  }

  private func checkPropagate<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for H in Self.hiddenSizes {
      for rows in Self.rows(H) {
        let operands = PackedOperands(kernels, rows: rows, hidden: H, peepholes: false, seed: UInt64(H * 64 + rows))
        let found = operands.propagate(kernels, rows: 0..<rows)
        let wide = (delta: operands.step.preActivations.map(Wide.init), r: operands.weights.map(Wide.init))
        for row in 0..<rows {
          for j in 0..<H {
            var sum = Wide(operands.step.dh[row * H + j])
            var magnitude = abs(sum)
            for k in 0..<(4 * H) {
              let term = wide.delta[row * 4 * H + k] * wide.r[j * 4 * H + k]
              sum += term
              magnitude += abs(term)
            }
            let error = Double(abs(Wide(found[row * H + j]) - sum) / magnitude / Wide(S.ulpOfOne))
            worst = error <= worst ? worst : error.isNaN ? .infinity : error
          }
        }
      }
    }
    print("\(set) \(S.self): propagation \(worst) ulp of the sum of magnitudes")
    #expect(worst <= 4)
  }

  /// Rows 1 ... 40 together and each alone, forward and backward.
  @Test(arguments: InstructionSet.supported)
  func aRowAloneAndAmongOthers(_ set: InstructionSet) throws {
    try checkRows(Float.self, set)
    try checkRows(Double.self, set)
  }

  private func checkRows<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    for (H, peepholes) in [(7, true), (33, false), (64, true), (100, false)] {
      let operands = PackedOperands(kernels, rows: 40, hidden: H, peepholes: peepholes, seed: UInt64(H))
      let alone = (0..<40).map { operands.forward(kernels, rows: $0..<($0 + 1)) }
      let aloneBack = (0..<40).map { operands.propagate(kernels, rows: $0..<($0 + 1)) }
      for rows in 1...40 {
        let part = (40 - rows)..<40
        let found = operands.forward(kernels, rows: part)
        #expect(Agreement.sameBits(found.gates, part.flatMap { alone[$0].gates }))
        #expect(Agreement.sameBits(found.c, part.flatMap { alone[$0].c }))
        #expect(Agreement.sameBits(found.h, part.flatMap { alone[$0].h }))
        #expect(Agreement.sameBits(operands.propagate(kernels, rows: part), part.flatMap { aloneBack[$0] }))
      }
    }
  }
}
