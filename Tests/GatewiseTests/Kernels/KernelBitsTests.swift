import Testing

@testable import Gatewise

/// The bits of an element depend only on its own inputs: not on the number of rows, on neighboring elements or on its
/// place in a vector. So a batch can be split over threads with the same result.
@Suite struct KernelBitsTests {
  @Test(arguments: InstructionSet.supported)
  func aRowAloneAndAmongOthers(_ set: InstructionSet) throws {
    try checkRows(Float.self, set)
    try checkRows(Double.self, set)
  }

  private func checkRows<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    let H = 48
    for peepholes in [false, true] {
      let operands = StepOperands<S>(rows: 5, hidden: H, peepholes: peepholes, seed: 11)
      let step = operands.forward(kernels, inPlace: false)
      let back = operands.backward(kernels, of: step, inPlace: false)
      for row in 0..<5 {
        // The first columns of a row as shorter rows: full vectors of the row are tails here.
        for columns in 1...H {
          let part = operands.part(row: row, columns: columns)
          let partStep = part.forward(kernels, inPlace: false)
          let partBack = part.backward(kernels, of: partStep, inPlace: false)
          func cut(_ x: [S], blocks: Int = 1) -> [S] {
            operands.cut(x, blocks: blocks, row: row, columns: columns)
          }
          #expect(partStep == .init(gates: cut(step.gates, blocks: 4), c: cut(step.c), h: cut(step.h)))
          #expect(partBack == .init(delta: cut(back.delta, blocks: 4), dc: cut(back.dc)))
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func elementwise(_ set: InstructionSet) throws {
    try checkElementwise(Float.self, set)
    try checkElementwise(Double.self, set)
  }

  private func checkElementwise<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var random = RandomStream(seed: 12, name: "elementwise")
    let values = (0..<3).map { _ in (0..<80).map { _ in S(Double.random(in: -9...9, using: &random)) } }
    let (x, b, y) = (values[0], values[1], values[2])
    let functions: [(String, (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void)] = [
      ("sigmoid", { count, x, _, y in kernels.sigmoid(count, x, y) }),
      ("tanh", { count, x, _, y in kernels.tanh(count, x, y) }),
      ("add", { count, x, _, y in kernels.add(count, x, y) }),
      ("multiplyAdd", { count, x, b, y in kernels.multiplyAdd(count, x, b, y) }),
    ]
    for (name, function) in functions {
      var whole = y
      function(80, x, b, &whole)
      for count in 0...40 {
        for first in [0, 1, 7, 33] {
          let part = first..<(first + count)
          let operands = [x, b, y].map { GuardedBuffer(Array($0[part])) }
          function(count, operands[0].start, operands[1].start, operands[2].start)
          #expect(operands[2].values == Array(whole[part]), "\(name), \(count) from \(first)")
          #expect(operands.allSatisfy(\.isIntact) && operands[0].values == Array(x[part]))
        }
      }
    }
  }

  /// y += x and y += a ∘ b, and the aliases y = x that the contract allows.
  @Test(arguments: InstructionSet.supported)
  func sumsAndAliases(_ set: InstructionSet) throws {
    let kernels = try Kernels<Double>(for: set)
    let x = (0..<21).map { Double($0) - 10 }
    var y = x.map { 3 * $0 + 1 }
    kernels.add(21, x, &y)
    #expect(y == x.map { 4 * $0 + 1 })
    kernels.multiplyAdd(21, x, x, &y)
    #expect(y == x.map { $0 * $0 + 4 * $0 + 1 })

    for function in [kernels.sigmoid(_:_:_:), kernels.tanh(_:_:_:)] {
      let inPlace = GuardedBuffer(x)
      function(21, x, &y)
      function(21, inPlace.start, inPlace.start)
      #expect(inPlace.values == y)
    }
  }
}
