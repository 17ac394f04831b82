import Testing

@testable import Gatewise

/// Random operands of the forward products of a layer, and the calls of the kernels on guarded copies of them.
struct GateOperands<S: Scalar> {
  /// The ways to call the recurrent step.
  enum Call: CaseIterable {
    /// From x.
    case fused
    case fusedWithoutGates
    /// c stored over c_{t-1}.
    case fusedInPlace
    case fusedReversed
    /// From x·W + b, computed by `inputProduct` in separate memory.
    case inputsDone
    /// The same, in the memory of the gates.
    case inputsInGates
    case inputsDoneReversedWithoutGates

    var takesInputsDone: Bool { [.inputsDone, .inputsInGates, .inputsDoneReversedWithoutGates].contains(self) }
    var leavesGates: Bool { self != .fusedWithoutGates && self != .inputsDoneReversedWithoutGates }
    var reverses: Bool { self == .fusedReversed || self == .inputsDoneReversedWithoutGates }
  }

  let inputs: Int
  let step: StepOperands<S>
  /// `[rows, I]`
  let x: [S]
  /// `[rows, H]`
  let yPrevious: [S]
  /// `[I, 4H]`
  let w: [S]
  /// `[H, 4H]`
  let r: [S]
  /// `[4H]`
  let b: [S]
  /// The storage of packed W and R.
  let storage: WeightStorage
  let packed: GuardedBuffer<S>

  /// - Parameter roundsWeights: Whether W and R are rounded to bfloat16.
  init(
    _ kernels: Kernels<S>, rows: Int, inputs I: Int, hidden H: Int, peepholes: Bool, seed: Int,
    storage: WeightStorage = .full, roundsWeights: Bool = false
  ) {
    var random = OperandStream<S>(seed: seed, name: "GateOperands")
    inputs = I
    step = StepOperands(rows: rows, hidden: H, peepholes: peepholes, seed: UInt64(seed))
    x = random.values(rows * I)
    yPrevious = random.values(rows * H)
    let round = { (x: S) in roundsWeights ? S(Float(x).toBFloat16) : x }
    w = random.values(I * 4 * H, 2 / Double(max(I, 1)).squareRoot()).map(round)
    r = random.values(H * 4 * H, 1 / Double(max(H, 1)).squareRoot()).map(round)
    b = random.values(4 * H, 2)
    self.storage = storage
    packed = Self.packed(kernels, w: w, r: r, b: b, inputs: I, hidden: H, units: [0..<H], storage: storage)
  }

  /// The panels after packing `units` part by part, into memory that was NaN before.
  static func packed(
    _ kernels: Kernels<S>, w: [S], r: [S], b: [S], inputs: Int, hidden: Int, units: [Range<Int>],
    storage: WeightStorage = .full
  ) -> GuardedBuffer<S> {
    let packed = GuardedBuffer(
      [S](repeating: .nan, count: kernels.packedCount(inputs: inputs, hidden: hidden, storage)))
    let (wCopy, rCopy, bCopy) = (GuardedBuffer(w), GuardedBuffer(r), GuardedBuffer(b))
    for part in units {
      kernels.packGates(
        GatePacking(
          inputs: inputs, hidden: hidden, first: part.lowerBound, end: part.upperBound, storage: storage.format,
          w: wCopy.start, r: rCopy.start, b: bCopy.start, packed: packed.start))
    }
    #expect(packed.isIntact && wCopy.isIntact && rCopy.isIntact && bCopy.isIntact)
    return packed
  }

  /// x·W + b for `rows` of the batch and `units` of the layer; NaN in the other columns.
  func inputProduct(_ kernels: Kernels<S>, rows: Range<Int>, units: Range<Int>? = nil) -> [S] {
    let (H, units) = (step.hidden, units ?? 0..<step.hidden)
    let x = GuardedBuffer(self.x.rows(rows, width: inputs))
    let gates = GuardedBuffer([S](repeating: .nan, count: rows.count * 4 * H))
    let scratch = scratch(kernels, rows: rows.count, hidden: 0)
    kernels.inputProduct(
      InputProduct(
        rows: rows.count, inputs: inputs, hidden: H, first: units.lowerBound, end: units.upperBound, x: x.start,
        packed: packed.start, storage: storage.format, gates: gates.start, scratch: scratch.start))
    #expect(x.isIntact && gates.isIntact && packed.isIntact && scratch.isIntact)
    return gates.values
  }

  /// Scratch memory for codes, filled with NaN, of the size that a call needs.
  private func scratch(_ kernels: Kernels<S>, rows: Int, hidden: Int) -> GuardedBuffer<S> {
    let count = kernels.scratchCount(rows: rows, inputs: inputs, hidden: hidden, storage)
    return GuardedBuffer([S](repeating: .nan, count: count))
  }

  /// One step forward with its product, for `rows` of the batch and `units` of the layer; NaN in the others, and no
  /// gates if `call` omits them.
  func forward(
    _ kernels: Kernels<S>, rows: Range<Int>, _ call: Call = .fused, units: Range<Int>? = nil
  ) -> StepOperands<S>.Forward {
    let (H, units) = (step.hidden, units ?? 0..<step.hidden)
    func unset(_ count: Int) -> GuardedBuffer<S> { GuardedBuffer([S](repeating: .nan, count: count)) }
    let inputsDone = call.takesInputsDone ? GuardedBuffer(inputProduct(kernels, rows: rows)) : unset(0)
    let x = GuardedBuffer(call.takesInputsDone ? [] : self.x.rows(rows, width: inputs))
    let y = GuardedBuffer(yPrevious.rows(rows, width: H))
    let previous = GuardedBuffer(step.cPrevious.rows(rows, width: H))
    let gates = call == .inputsInGates ? inputsDone : unset(call.leavesGates ? rows.count * 4 * H : 0)
    let c = call == .fusedInPlace ? previous : unset(rows.count * H)
    let h = unset(rows.count * H)
    let (before, scratch) = (inputsDone.values, scratch(kernels, rows: rows.count, hidden: H))
    step.withPeepholes {
      kernels.recurrentStep(
        RecurrentStep(
          step: ForwardStep(
            rows: rows.count, hidden: H, gates: call.leavesGates ? gates.start : nil, c_previous: previous.start,
            c: c.start, h: h.start, p_i: $0.i?.base, p_f: $0.f?.base, p_o: $0.o?.base),
          inputs: inputs, first: units.lowerBound, end: units.upperBound, x: call.takesInputsDone ? nil : x.start,
          inputs_done: call.takesInputsDone ? inputsDone.start : nil, y_previous: y.start, packed: packed.start,
          storage: storage.format, reverses: call.reverses, scratch: scratch.start))
    }
    let intact = [inputsDone, x, y, previous, gates, c, h, packed, scratch].allSatisfy(\.isIntact)
    #expect(intact && y.values == yPrevious.rows(rows, width: H))
    #expect(call == .inputsInGates || inputsDone.values == before)
    return StepOperands<S>.Forward(gates: gates.values, c: c.values, h: h.values)
  }

  /// x·W + b, and the sums of magnitudes.
  var plainInputProduct: PlainProduct {
    PlainProduct(
      rows: step.rows, depth: inputs, columns: 4 * step.hidden, .init(x, width: inputs),
      .init(w, width: 4 * step.hidden), from: .init(b, width: 0))
  }

  /// y_{t-1}·R
  var plainRecurrentProduct: PlainProduct {
    PlainProduct(
      rows: step.rows, depth: step.hidden, columns: 4 * step.hidden, .init(yPrevious, width: step.hidden),
      .init(r, width: 4 * step.hidden))
  }
}
