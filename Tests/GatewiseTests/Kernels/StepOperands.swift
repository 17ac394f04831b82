import Testing

@testable import Gatewise

/// Random operands of one step in both directions, and the calls of the kernels on guarded copies of them.
struct StepOperands<S: Scalar> {
  let rows: Int
  let hidden: Int
  var preActivations: [S]
  var cPrevious: [S]
  var dh: [S]
  var dc: [S]
  let weights: [[S]]?

  struct Forward: Equatable { var gates, c, h: [S] }
  struct Backward: Equatable { var delta, dc: [S] }

  init(rows: Int, hidden: Int, peepholes: Bool, seed: UInt64) {
    var random = RandomStream(seed: seed, name: "StepOperands")
    func values(_ count: Int, _ magnitude: Double) -> [S] {
      (0..<count).map { _ in S(Double.random(in: -magnitude...magnitude, using: &random)) }
    }
    self.rows = rows
    self.hidden = hidden
    preActivations = values(rows * 4 * hidden, 4)
    cPrevious = values(rows * hidden, 2)
    dh = values(rows * hidden, 1)
    dc = values(rows * hidden, 1)
    weights = peepholes ? (0..<3).map { _ in values(hidden, 1) } : nil
  }

  /// p_i, p_f, p_o of column j; zeros without peepholes.
  func peepholes(at j: Int) -> [Wide] { (0..<3).map { Wide(weights?[$0][j] ?? 0) } }

  func withPeepholes(_ body: (Peepholes<S>) -> Void) {
    let buffers = weights?.map(GuardedBuffer.init)
    withExtendedLifetime(buffers) {
      body(
        Peepholes(
          i: buffers.map { VectorView($0[0].start, count: hidden) },
          f: buffers.map { VectorView($0[1].start, count: hidden) },
          o: buffers.map { VectorView($0[2].start, count: hidden) }))
    }
  }

  /// One step forward; `inPlace` lets c be c_{t-1}.
  func forward(_ kernels: Kernels<S>, inPlace: Bool) -> Forward {
    let gates = GuardedBuffer(preActivations)
    let previous = GuardedBuffer(cPrevious)
    let c = inPlace ? previous : GuardedBuffer([S](repeating: .nan, count: rows * hidden))
    let h = GuardedBuffer([S](repeating: .nan, count: rows * hidden))
    withPeepholes {
      kernels.forwardStep(
        ForwardStep(
          rows: rows, hidden: hidden, gates: gates.start, c_previous: previous.start, c: c.start, h: h.start,
          p_i: $0.i?.base, p_f: $0.f?.base, p_o: $0.o?.base))
    }
    #expect(gates.isIntact && previous.isIntact && c.isIntact && h.isIntact)
    #expect(inPlace || previous.values == cPrevious)
    return Forward(gates: gates.values, c: c.values, h: h.values)
  }

  /// One step backward, part by part of the units; `inPlace` lets δ be the gates.
  func backward(
    _ kernels: Kernels<S>, of step: Forward, inPlace: Bool, parts: [Range<Int>]? = nil
  ) -> Backward {
    let gates = GuardedBuffer(step.gates)
    let delta = inPlace ? gates : GuardedBuffer([S](repeating: .nan, count: rows * 4 * hidden))
    let inputs = [cPrevious, step.c, dh].map(GuardedBuffer.init)
    let dc = GuardedBuffer(self.dc)
    withPeepholes {
      for units in parts ?? [0..<hidden] {
        kernels.backwardStep(
          BackwardStep(
            rows: rows, hidden: hidden, first: units.lowerBound, end: units.upperBound, gates: gates.start,
            delta: delta.start, c_previous: inputs[0].start, c: inputs[1].start, dh: inputs[2].start, dc: dc.start,
            p_i: $0.i?.base, p_f: $0.f?.base, p_o: $0.o?.base, bound: 0))
      }
    }
    #expect(gates.isIntact && delta.isIntact && dc.isIntact && inputs.allSatisfy(\.isIntact))
    #expect(inPlace || gates.values == step.gates)
    #expect(inputs.map(\.values) == [cPrevious, step.c, dh])
    return Backward(delta: delta.values, dc: dc.values)
  }

  /// One row and only its first `columns` columns.
  func part(row: Int, columns: Int) -> StepOperands {
    var part = StepOperands(rows: 1, hidden: columns, weights: weights?.map { Array($0.prefix(columns)) })
    part.preActivations = cut(preActivations, blocks: 4, row: row, columns: columns)
    part.cPrevious = cut(cPrevious, blocks: 1, row: row, columns: columns)
    part.dh = cut(dh, blocks: 1, row: row, columns: columns)
    part.dc = cut(dc, blocks: 1, row: row, columns: columns)
    return part
  }

  /// The first `columns` columns of every block of one row of `x` [rows, blocks·H].
  func cut(_ x: [S], blocks: Int, row: Int, columns: Int) -> [S] {
    var result: [S] = []
    for block in 0..<blocks {
      let start = (row * blocks + block) * hidden
      result += x[start..<(start + columns)]
    }
    return result
  }

  private init(rows: Int, hidden: Int, weights: [[S]]?) {
    (self.rows, self.hidden, self.weights) = (rows, hidden, weights)
    (preActivations, cPrevious, dh, dc) = ([], [], [], [])
  }
}
