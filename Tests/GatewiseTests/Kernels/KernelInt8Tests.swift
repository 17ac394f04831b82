import Testing

@testable import Gatewise

/// Weights packed as int8: exact sums of the codes' products, and the same bits for all variants of a step.
@Suite struct KernelInt8Tests {
  private static let hiddenSizes = Array(1...20) + [33, 64, 70, 100]

  private static func operands(
    _ kernels: Kernels<Float>, rows: Int, inputs: Int, hidden: Int
  ) -> GateOperands<Float> {
    GateOperands(
      kernels, rows: rows, inputs: inputs, hidden: hidden, peepholes: hidden % 2 == 0, seed: hidden * 100 + inputs,
      storage: .int8)
  }

  /// Operands are codes times powers of two, and the first of a row or column has the largest magnitude: so nothing is
  /// rounded, and every sum of products is visible.
  @Test(arguments: InstructionSet.supported, [false, true])
  func `sums are exact`(_ set: InstructionSet, allLargest: Bool) throws {
    let kernels = try Kernels<Float>(for: set)
    var random = OperandStream<Float>(seed: 1, name: "KernelInt8Tests")
    func code(_ k: Int, _ group: Int) -> Float {
      let draw = random.values(1)[0]
      let code: Float = k == 0 || allLargest ? (draw < 0 ? -127 : 127) : (draw * 127).rounded()
      return code * Float(sign: .plus, exponent: group % 5 - 2, significand: 1)
    }
    var sums = 0
    for (H, I) in (1...40).map({ ($0, $0 * 7 % 41) }) + [(1, 1000), (70, 33), (3, 70), (1, 130_000)] {
      let rows = I > 1000 ? 1 : 1 + H % 7
      let x = (0..<rows).flatMap { row in (0..<I).map { code($0, row) } }
      let w = (0..<I).flatMap { k in (0..<4 * H).map { code(k, $0) } }
      let packed = GateOperands<Float>.packed(
        kernels, w: w, r: random.values(H * 4 * H), b: [Float](repeating: 0, count: 4 * H), inputs: I, hidden: H,
        units: [0..<H], storage: .int8)
      let (left, gates) = (GuardedBuffer(x), GuardedBuffer([Float](repeating: .nan, count: rows * 4 * H)))
      let scratch = GuardedBuffer(
        [Float](repeating: .nan, count: kernels.scratchCount(rows: rows, inputs: I, hidden: 0, .int8)))
      kernels.inputProduct(
        InputProduct(
          rows: rows, inputs: I, hidden: H, first: 0, end: H, x: left.start, packed: packed.start,
          storage: WeightStorage.int8.format, gates: gates.start, scratch: scratch.start))
      #expect(left.isIntact && gates.isIntact && packed.isIntact && scratch.isIntact)
      let found = gates.values
      for row in 0..<rows {
        for column in 0..<4 * H {
          // Exact in Double: integers times powers of two.
          let sum = (0..<I).reduce(0.0) { $0 + Double(x[row * I + $1]) * Double(w[$1 * 4 * H + column]) }
          #expect(found[row * 4 * H + column] == Float(sum), "H \(H), I \(I), row \(row), column \(column)")
          sums += 1
        }
      }
    }
    print("\(set): \(sums) sums exact")
  }

  /// Steps against the same codes computed and multiplied one by one, with the gate arithmetic in wide numbers.
  @Test(arguments: InstructionSet.supported)
  func `steps are those of the codes`(_ set: InstructionSet) throws {
    let kernels = try Kernels<Float>(for: set)
    var worst = 0.0
    for (n, H) in Self.hiddenSizes.enumerated() {
      let (rows, I) = (1 + n % 9, n * 5 % 23)
      let operands = Self.operands(kernels, rows: rows, inputs: I, hidden: H)
      let found = operands.forward(kernels, rows: 0..<rows)
      let w = PlainCodes.columns(of: operands.w, count: 4 * H)
      let r = PlainCodes.columns(of: operands.r, count: 4 * H)
      for row in 0..<rows {
        let x = PlainCodes(operands.x.rows(row..<row + 1, width: I))
        let y = PlainCodes(operands.yPrevious.rows(row..<row + 1, width: H))
        for j in 0..<H {
          let a = stride(from: j, to: 4 * H, by: H).map { Wide(Double(operands.b[$0]) + x * w[$0] + y * r[$0]) }
          let unit = KernelStepTests.Unit(
            a: a, cPrevious: Wide(operands.step.cPrevious[row * H + j]), p: operands.step.peepholes(at: j))
          let values =
            (0..<4).map { found.gates[(row * 4 + $0) * H + j] } + [found.c[row * H + j], found.h[row * H + j]]
          for (value, reference) in zip(values, [unit.i, unit.f, unit.g, unit.o, unit.c, unit.h]) {
            let error = Double(abs(Wide(value) - reference) / Wide(Float.ulpOfOne))
            worst = error <= worst ? worst : error.isNaN ? .infinity : error
          }
        }
      }
    }
    print("\(set): int8 step \(worst) ulp of 1")
    #expect(worst <= 16)
  }

  @Test(arguments: InstructionSet.supported)
  func `every way gives the same bits`(_ set: InstructionSet) throws {
    let kernels = try Kernels<Float>(for: set)
    for H in Self.hiddenSizes {
      for (rows, I) in [(1, 0), (1, 3), (2, 20), (6, 1), (13, 33)] {
        let operands = Self.operands(kernels, rows: rows, inputs: I, hidden: H)
        let fused = operands.forward(kernels, rows: 0..<rows)
        for call in GateOperands<Float>.Call.allCases {
          let found = operands.forward(kernels, rows: 0..<rows, call)
          #expect(Agreement.sameBits(found.c, fused.c) && Agreement.sameBits(found.h, fused.h), "\(call)")
        }
        let last = operands.forward(kernels, rows: rows - 1..<rows)
        #expect(Agreement.sameBits(last.gates, Array(fused.gates.suffix(4 * H))))
        for parts in 2...4 {
          let ranges = Parts.ranges(kernels, units: H, parts: parts)
          let found = ranges.map { operands.forward(kernels, rows: 0..<rows, .inputsDone, units: $0) }
          #expect(Parts.joined(found.map(\.gates)) == fused.gates && Parts.joined(found.map(\.h)) == fused.h)
          let packed = GateOperands.packed(
            kernels, w: operands.w, r: operands.r, b: operands.b, inputs: I, hidden: H, units: ranges.reversed(),
            storage: .int8)
          // Sums and codes are stored as integers in Floats, some of which look like NaN.
          #expect(packed.values.map(\.bitPattern) == operands.packed.values.map(\.bitPattern))
        }
      }
    }
  }

  /// Non-finite values affect only their own row; values below the limit count as zero.
  @Test(arguments: InstructionSet.supported)
  func `rows that have no codes`(_ set: InstructionSet) throws {
    let kernels = try Kernels<Float>(for: set)
    let operands = Self.operands(kernels, rows: 1, inputs: 9, hidden: 3)
    func preActivations(_ x: [Float]) -> [Float] {
      let (x, gates) = (GuardedBuffer(x), GuardedBuffer([Float](repeating: 0, count: x.count / 9 * 12)))
      let rows = gates.count / 12
      let scratch = GuardedBuffer(
        [Float](repeating: .nan, count: kernels.scratchCount(rows: rows, inputs: 9, hidden: 0, .int8)))
      kernels.inputProduct(
        InputProduct(
          rows: rows, inputs: 9, hidden: 3, first: 0, end: 3, x: x.start, packed: operands.packed.start,
          storage: WeightStorage.int8.format, gates: gates.start, scratch: scratch.start))
      return gates.values
    }
    let ordinary = (0..<9).map { Float($0) - 3 }
    let alone = preActivations(ordinary)
    for place in 0..<9 {
      for value in [Float.nan, .infinity, -.infinity] {
        var row = ordinary
        row[place] = value
        let found = preActivations(ordinary + row + ordinary)
        #expect(found[12..<24].allSatisfy { $0.isNaN })
        #expect(Array(found.prefix(12)) == alone && Array(found.suffix(12)) == alone)
      }
    }
    for value in [0, -0.0, .leastNonzeroMagnitude, 0x1p-101] as [Float] {
      #expect(preActivations([Float](repeating: value, count: 9)) == operands.b)
    }
    #expect(preActivations([Float](repeating: .greatestFiniteMagnitude, count: 9)).allSatisfy { !$0.isNaN })
  }
}
