import Testing

@testable import Gatewise

/// σ, tanh and the exponential inside softmax against Float80.
@Suite struct KernelAccuracyTests {
  /// The points at which both functions are evaluated in wide arithmetic, once for all instruction sets.
  private struct Block<S: Scalar> {
    let x: [S]
    let sigmoid: [Wide]
    let tanh: [Wide]

    init(_ x: [S]) {
      self.x = x
      sigmoid = x.map { wideSigmoid(Wide($0)) }
      tanh = x.map { wideTanh(Wide($0)) }
    }
  }

  private func check<S: Scalar>(_ blocks: some Sequence<[S]>, bound: Double) throws {
    let tables = try InstructionSet.supported.map { try Kernels<S>(for: $0) }
    var sigmoid = tables.map { _ in Worst<S>() }
    var tanh = sigmoid
    for x in blocks {
      let block = Block(x)
      var y = x
      for (n, table) in tables.enumerated() {
        table.sigmoid(x.count, x, &y)
        for j in x.indices { sigmoid[n].take(ulps(y[j], block.sigmoid[j]), at: x[j]) }
        table.tanh(x.count, x, &y)
        for j in x.indices { tanh[n].take(ulps(y[j], block.tanh[j]), at: x[j]) }
      }
    }
    for (n, table) in tables.enumerated() {
      print(
        "\(table.instructionSet) \(S.self): sigmoid \(sigmoid[n].error) ulp at \(sigmoid[n].argument),",
        "tanh \(tanh[n].error) ulp at \(tanh[n].argument)")
      #expect(sigmoid[n].error <= bound)
      #expect(tanh[n].error <= bound)
    }
  }

  /// Every 1999th Float, from the smallest denormal to the largest finite one, both signs.
  @Test func floatOverItsWholeRange() throws {
    let step = 1999 * sampleDivisor
    let patternsInBlock = 4096 * step
    try check(
      stride(from: 0, to: 1 << 32, by: patternsInBlock).lazy.map { first in
        stride(from: first, to: min(first + patternsInBlock, 1 << 32), by: step)
          .map { Float(bitPattern: UInt32($0)) }.filter(\.isFinite)
      }, bound: 2)
  }

  /// More of the Floats of 0.001 ... 100, where the functions are most curved.
  @Test func floatWhereItMatters() throws {
    let (low, high) = (Int(Float(0.001).bitPattern), Int(Float(105).bitPattern))
    let step = 211 * sampleDivisor
    try check(
      stride(from: low, to: high, by: 2048 * step).lazy.map { first in
        stride(from: first, to: min(first + 2048 * step, high), by: step)
          .flatMap { [Float(bitPattern: UInt32($0)), -Float(bitPattern: UInt32($0))] }
      }, bound: 2)
  }

  /// Doubles of every exponent, both signs; around every point where the range reduction changes its integer; and at
  /// random points where the functions are most curved.
  @Test func doubleOverItsWholeRange() throws {
    var random = RandomStream(seed: 7, name: "doubleOverItsWholeRange")
    let mantissas = 256 / min(sampleDivisor, 16)
    let everyExponent: [[Double]] = (0..<2047).map { (exponent: UInt) in
      (0..<mantissas).flatMap { n -> [Double] in
        let bits: UInt64 = n == 0 ? 0 : n == 1 ? .max : random.next()
        let x = Double(sign: .plus, exponentBitPattern: exponent, significandBitPattern: bits & ((1 << 52) - 1))
        return [x, -x]
      }
    }
    let ln2 = 0.6931471805599453
    let thresholds: [[Double]] = (0...1080).map { k in
      (-8...8).flatMap { step -> [Double] in
        let x = (Double(k) + 0.5) * ln2 * (1 + Double(step) * 0x1p-52)
        return [x, -x, x / 2, -x / 2]
      }
    }
    let bends: [[Double]] = (0..<(400 / sampleDivisor)).map { _ in
      (0..<1024).map { _ in Double.random(in: -40...40, using: &random) }
    }
    try check([everyExponent, thresholds, bends].joined(), bound: 4)
  }

  @Test(arguments: InstructionSet.supported)
  func specialValues(_ set: InstructionSet) throws {
    try checkSpecialValues(Float.self, set)
    try checkSpecialValues(Double.self, set)
  }

  private func checkSpecialValues<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    let tiny = S.leastNonzeroMagnitude
    let huge = S.greatestFiniteMagnitude
    let x: [S] = [0, -0.0, tiny, -tiny, 3 * tiny, .infinity, -.infinity, huge, -huge, .nan, -.nan]
    var y = x
    kernels.sigmoid(x.count, x, &y)
    #expect(Array(y.prefix(9)) == [0.5, 0.5, 0.5, 0.5, 0.5, 1, 0, 1, 0])
    #expect(y[6].sign == .plus && y[8].sign == .plus)
    #expect(y[9].isNaN && y[10].isNaN)
    kernels.tanh(x.count, x, &y)
    #expect(Array(y.prefix(9)) == [0, 0, tiny, -tiny, 3 * tiny, 1, -1, 1, -1])
    #expect(y[0].sign == .plus && y[1].sign == .minus)
    #expect(y[9].isNaN && y[10].isNaN)
  }
}
