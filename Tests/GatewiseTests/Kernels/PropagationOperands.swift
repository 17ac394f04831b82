import Testing

@testable import Gatewise

/// Random operands of δ·Bᵀ, and the call of the kernel on guarded copies of them.
struct PropagationOperands<S: Scalar> {
  let rows: Int
  let units: Int
  let depth: Int
  /// `[rows, depth]`
  let delta: [S]
  /// `[units, depth]`
  let b: [S]
  /// `[rows, units]`
  let above: [S]
  let packed: GuardedBuffer<S>

  init(_ kernels: Kernels<S>, rows: Int, units: Int, depth: Int, seed: Int) {
    var random = OperandStream<S>(seed: seed, name: "PropagationOperands")
    (self.rows, self.units, self.depth) = (rows, units, depth)
    delta = random.values(rows * depth, 4)
    b = random.values(units * depth, 1 / Double(max(depth, 1)).squareRoot())
    above = random.values(rows * units)
    packed = Self.packed(kernels, b: b, units: units, depth: depth, parts: [0..<units])
  }

  /// The panels after packing `parts` one after the other, of memory that was NaN before.
  static func packed(
    _ kernels: Kernels<S>, b: [S], units: Int, depth: Int, parts: [Range<Int>]
  ) -> GuardedBuffer<S> {
    let packed = GuardedBuffer([S](repeating: .nan, count: kernels.packed.transposedCount(units, depth)))
    let copy = GuardedBuffer(b)
    for part in parts { kernels.packed.packTransposed(units, depth, part, copy.start, packed.start) }
    #expect(copy.isIntact && packed.isIntact)
    return packed
  }

  /// δ·Bᵀ, added to the error from above or in the place of NaN, for `rows` of the batch and one `part` of the units
  /// after the other.
  func propagate(_ kernels: Kernels<S>, rows: Range<Int>, adds: Bool, parts: [Range<Int>]? = nil) -> [S] {
    let delta = GuardedBuffer(self.delta.rows(rows, width: depth))
    let error = GuardedBuffer(
      adds ? above.rows(rows, width: units) : [S](repeating: .nan, count: rows.count * units))
    for part in parts ?? [0..<units] {
      kernels.packed.propagate(
        Propagation(
          rows: rows.count, units: units, depth: depth, part: part, delta: delta.start, packed: packed.start,
          error: error.start, adds: adds))
    }
    #expect(delta.isIntact && error.isIntact && packed.isIntact)
    #expect(delta.values == self.delta.rows(rows, width: depth))
    return error.values
  }

  func plain(adds: Bool) -> PlainProduct {
    PlainProduct(
      rows: rows, depth: depth, columns: units, .init(delta, width: depth),
      PlainProduct.Factor(b, width: depth).transposed, from: adds ? .init(above, width: units) : nil)
  }
}
