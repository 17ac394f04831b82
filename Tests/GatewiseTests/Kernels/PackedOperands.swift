import Testing

@testable import Gatewise

/// Random operands of the packed recurrent products, and the calls of the kernels on guarded copies of them.
struct PackedOperands<S: Scalar> {
  let step: StepOperands<S>
  /// `[rows, H]`
  let yPrevious: [S]
  /// R `[H, 4H]`
  let weights: [S]
  let packed: GuardedBuffer<S>
  let packedTransposed: GuardedBuffer<S>

  init(_ kernels: Kernels<S>, rows: Int, hidden H: Int, peepholes: Bool, seed: UInt64) {
    var random = RandomStream(seed: seed, name: "PackedOperands")
    func values(_ count: Int, _ magnitude: Double) -> [S] {
      (0..<count).map { _ in S(Double.random(in: -magnitude...magnitude, using: &random)) }
    }
    step = StepOperands(rows: rows, hidden: H, peepholes: peepholes, seed: seed)
    yPrevious = values(rows * H, 1)
    weights = values(4 * H * H, 1 / Double(H).squareRoot())
    packed = GuardedBuffer([S](repeating: .nan, count: kernels.packed.count(H)))
    packedTransposed = GuardedBuffer([S](repeating: .nan, count: kernels.packed.transposedCount(H)))
    let r = GuardedBuffer(weights)
    kernels.packed.pack(H, r.start, packed.start)
    kernels.packed.packTransposed(H, r.start, packedTransposed.start)
    #expect(r.isIntact && packed.isIntact && packedTransposed.isIntact)
  }

  /// One step forward with its product, for `rows` of the batch; `inPlace` lets c be c_{t-1}.
  func forward(_ kernels: Kernels<S>, rows: Range<Int>, inPlace: Bool = false) -> StepOperands<S>.Forward {
    let H = step.hidden
    func slice(_ x: [S], _ width: Int) -> GuardedBuffer<S> {
      GuardedBuffer(Array(x[(rows.lowerBound * width)..<(rows.upperBound * width)]))
    }
    let gates = slice(step.preActivations, 4 * H)
    let y = slice(yPrevious, H)
    let previous = slice(step.cPrevious, H)
    let c = inPlace ? previous : GuardedBuffer([S](repeating: .nan, count: rows.count * H))
    let h = GuardedBuffer([S](repeating: .nan, count: rows.count * H))
    step.withPeepholes {
      kernels.packed.recurrentStep(
        RecurrentStep(
          step: ForwardStep(
            rows: rows.count, hidden: H, gates: gates.start, cPrevious: previous.start, c: c.start, h: h.start,
            peepholes: $0),
          yPrevious: y.start, packed: packed.start))
    }
    let intact = [gates, y, previous, c, h, packed].allSatisfy(\.isIntact)
    #expect(intact)
    return StepOperands<S>.Forward(gates: gates.values, c: c.values, h: h.values)
  }

  /// dh + δ·Rᵀ for `rows` of the batch, with the pre-activations as δ.
  func propagate(_ kernels: Kernels<S>, rows: Range<Int>) -> [S] {
    let H = step.hidden
    let delta = GuardedBuffer(Array(step.preActivations[(rows.lowerBound * 4 * H)..<(rows.upperBound * 4 * H)]))
    let dh = GuardedBuffer(Array(step.dh[(rows.lowerBound * H)..<(rows.upperBound * H)]))
    kernels.packed.propagate(rows.count, H, delta.start, packedTransposed.start, dh.start)
    #expect(delta.isIntact && dh.isIntact && packedTransposed.isIntact)
    return dh.values
  }
}
