import Testing

@testable import Gatewise

/// Random operands of A·B, and the call of the kernel on guarded copies of them.
struct ProductOperands<S: Scalar> {
  let rows: Int
  let columns: Int
  let depth: Int
  /// `[rows, depth]`
  let a: [S]
  /// Bᵀ `[columns, depth]`
  let b: [S]
  /// `[rows, columns]`
  let above: [S]
  let packed: GuardedBuffer<S>

  init(_ kernels: Kernels<S>, rows: Int, columns: Int, depth: Int, seed: Int) {
    var random = OperandStream<S>(seed: seed, name: "ProductOperands")
    (self.rows, self.columns, self.depth) = (rows, columns, depth)
    a = random.values(rows * depth, 4)
    b = random.values(columns * depth, 1 / Double(max(depth, 1)).squareRoot())
    above = random.values(rows * columns)
    packed = Self.packed(kernels, b, isTransposed: true, columns: columns, depth: depth, parts: [0..<columns])
  }

  /// The panels after packing `parts` one after the other, into memory that was NaN before.
  static func packed(
    _ kernels: Kernels<S>, _ b: [S], isTransposed: Bool, columns: Int, depth: Int, parts: [Range<Int>]
  ) -> GuardedBuffer<S> {
    let packed = GuardedBuffer([S](repeating: .nan, count: kernels.factorCount(columns: columns, depth: depth)))
    let copy = GuardedBuffer(b)
    for part in parts {
      kernels.packFactor(
        FactorPacking(
          columns: columns, depth: depth, first: part.lowerBound, end: part.upperBound, transposed: isTransposed,
          b: copy.start, packed: packed.start))
    }
    #expect(copy.isIntact && packed.isIntact)
    return packed
  }

  /// A·B, added to the previous values or replacing NaN, for `rows` of A and the columns `part` by `part`; with A, or
  /// if it is transposed, Aᵀ in memory.
  func product(
    _ kernels: Kernels<S>, rows: Range<Int>, adds: Bool, parts: [Range<Int>]? = nil, transposingA: Bool = false
  ) -> [S] {
    let some = a.rows(rows, width: depth)
    let values = transposingA ? Self.transposed(some, rows: rows.count, columns: depth) : some
    let a = GuardedBuffer(values)
    let c = GuardedBuffer(
      adds ? above.rows(rows, width: columns) : [S](repeating: .nan, count: rows.count * columns))
    for part in parts ?? [0..<columns] {
      kernels.product(
        PackedProduct(
          rows: rows.count, columns: columns, depth: depth, first: part.lowerBound, end: part.upperBound, a: a.start,
          a_row_stride: transposingA ? 1 : depth, a_step: transposingA ? rows.count : 1, packed: packed.start,
          c: c.start, adds: adds))
    }
    #expect(a.isIntact && c.isIntact && packed.isIntact)
    #expect(a.values == values)
    return c.values
  }

  static func transposed(_ matrix: [S], rows: Int, columns: Int) -> [S] {
    (0..<columns * rows).map { matrix[$0 % rows * columns + $0 / rows] }
  }

  func plain(adds: Bool) -> PlainProduct {
    PlainProduct(
      rows: rows, depth: depth, columns: columns, .init(a, width: depth),
      PlainProduct.Factor(b, width: depth).transposed, from: adds ? .init(above, width: columns) : nil)
  }
}
