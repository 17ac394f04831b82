import GatewiseReference
import Testing

/// Members of the family that equal another member for particular weights.
@Suite struct FamilyIdentityTests {
  private let T = 4
  private let N = 3
  private let I = 2

  /// The tensors of a problem by name, as rows.
  private func rows(_ problem: ReferenceProblem, _ name: String) -> [[Double]] {
    let tensor = problem.shape.tensor(named: name)!
    let width = tensor.shape.last!
    return (0..<tensor.count / width).map {
      Array(problem.variables.parameters[tensor.offset + $0 * width..<tensor.offset + ($0 + 1) * width])
    }
  }

  /// The data of `problem` for another shape, with the parameters that `tensor` returns for each name.
  private func problem(
    like problem: ReferenceProblem, _ shape: ReferenceShape, g0: [[Double]]? = nil, dgT: [[Double]]? = nil,
    _ tensor: (String) -> [[Double]]
  ) -> ReferenceProblem {
    ReferenceProblem(
      shape: shape, steps: T, batchSize: N, lengths: problem.lengths,
      parameters: shape.tensors.flatMap { tensor($0.name).flatMap { $0 } }, input: problem.variables.input,
      h0: problem.variables.h0, c0: problem.variables.c0, g0: g0, dy: problem.dy, dhT: problem.dhT, dcT: problem.dcT,
      dgT: dgT)
  }

  private func difference(_ a: ReferenceProblem, _ b: ReferenceProblem) -> Double {
    let (x, y) = (a.outputs(), b.outputs())
    let (dx, dy) = (ComplexStep.gradient(of: a), ComplexStep.gradient(of: b))
    return zip(
      [x.y] + x.hT + x.cT + [dx.input] + dx.h0 + dx.c0, [y.y] + y.hT + y.cT + [dy.input] + dy.h0 + dy.c0
    ).map(relativeDifference).max()!
  }

  private func random(_ cell: ReferenceCell, peepholes: Bool = false, hidden: [Int] = [4, 2]) -> ReferenceProblem {
    ReferenceShape(inputSize: I, hiddenSizes: hidden, cell: cell, peepholes: peepholes)
      .randomProblem(steps: T, batchSize: N, lengths: [4, 0, 3], seed: 21)
  }

  /// A block of S cells equals S cells whose gates have the same weights.
  @Test(arguments: [2, 4])
  func blockIsCellsWithEqualGates(S: Int) {
    let blocks = random(ReferenceCell(cellsPerBlock: S), hidden: [4, 8])
    let cells = problem(like: blocks, ReferenceShape(inputSize: I, hiddenSizes: [4, 8])) { name in
      let B = (name.hasSuffix("l0") ? 4 : 8) / S
      func spread(_ columns: ArraySlice<Double>) -> [Double] { columns.flatMap { Array(repeating: $0, count: S) } }
      return rows(blocks, name).map { row in
        spread(row[..<B]) + spread(row[B..<2 * B]) + row[(2 * B)..<(2 * B + B * S)] + spread(row[(2 * B + B * S)...])
      }
    }
    let found = difference(blocks, cells)
    print("blocks of \(S) cells and cells with equal gates: \(found)")
    #expect(found < 1e-14)
  }

  /// f = 1 - σ(a) = σ(-a): a forget gate whose weights are the input gate's, negated; and the reverse.
  @Test(arguments: [ReferenceCell.Gating.keepInput, .keepForget])
  func tiedGateIsAGateOfOppositeWeights(_ gating: ReferenceCell.Gating) {
    let tied = random(ReferenceCell(gating: gating), peepholes: true)
    let free = problem(like: tied, ReferenceShape(inputSize: I, hiddenSizes: [4, 2], peepholes: true)) { name in
      let H = name.hasSuffix("l0") ? 4 : 2
      let own = rows(tied, name)
      guard name.hasPrefix("peephole") else {
        return own.map { row in
          let negative = row[..<H].map { -$0 }
          return gating == .keepInput ? row[..<H] + negative + row[H...] : negative + row
        }
      }
      let negative = own[0].map { -$0 }
      return gating == .keepInput ? [own[0], negative, own[1]] : [negative, own[0], own[1]]
    }
    let found = difference(tied, free)
    print("\(gating) and a gate of opposite weights: \(found)")
    #expect(found < 1e-14)

    let other = problem(
      like: tied,
      ReferenceShape(
        inputSize: I, hiddenSizes: [4, 2],
        cell: ReferenceCell(gating: gating == .keepInput ? .keepForget : .keepInput), peepholes: true)
    ) { rows(tied, $0) }
    let convention = difference(tied, other)
    print("\(gating) and the other convention: \(convention)")
    #expect(convention > 0.1)
  }

  /// f = 1: a forget gate so far open that σ rounds to 1.
  @Test func noForgetGateIsAnOpenOne() {
    let none = random(ReferenceCell(gating: .inputOnly), peepholes: true)
    let open = problem(like: none, ReferenceShape(inputSize: I, hiddenSizes: [4, 2], peepholes: true)) { name in
      let H = name.hasSuffix("l0") ? 4 : 2
      let own = rows(none, name)
      if name.hasPrefix("peephole") { return [own[0], Array(repeating: 0, count: H), own[1]] }
      let value = name.hasPrefix("bias") ? 1000.0 : 0
      return own.map { row in row[..<H] + Array(repeating: value, count: H) + row[H...] }
    }
    let found = difference(none, open)
    print("no forget gate and an open one: \(found)")
    #expect(found < 1e-14)
  }

  /// With zero weights gate recurrence has no effect, and the gradient of those weights is Σ gates_{t-1}·δ_t.
  @Test func gatesThatAreNotHeard() {
    let plain = random(ReferenceCell(cellsPerBlock: 2), peepholes: true)
    let fedBack = ReferenceShape(
      inputSize: I, hiddenSizes: [4, 2], cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true), peepholes: true)
    let problem = problem(like: plain, fedBack) { name in
      guard name.hasPrefix("weight_gh") else { return rows(plain, name) }
      return [Array(repeating: 0, count: fedBack.tensor(named: name)!.count)]
    }
    #expect(difference(plain, problem) == 0)
    #expect(problem.outputs().gT.map(\.count) == [N * 6, N * 3])
    let gradient = ComplexStep.gradient(of: problem)
    #expect(gradient.g0.joined().allSatisfy { $0 == 0 })
    #expect(!gradient.parameters[fedBack.tensor(named: "weight_gh_l1")!.range].contains(0))
  }

  /// A unit without a bias equals one with a zero bias.
  @Test(arguments: [ReferenceBiases(gates: false), ReferenceBiases(cells: false), ReferenceBiases(outputs: false)])
  func absentBiasIsZero(_ biases: ReferenceBiases) {
    let cell = ReferenceCell(cellsPerBlock: 2)
    let some = ReferenceShape(inputSize: I, hiddenSizes: [4, 2], cell: cell, biases: biases, outputSize: 2)
      .randomProblem(steps: T, batchSize: N, seed: 22)
    let all = ReferenceShape(inputSize: I, hiddenSizes: [4, 2], cell: cell, outputSize: 2)
    let zero = problem(like: some, all) { name in
      if name == "head.bias" { return biases.outputs ? rows(some, name) : [[0, 0]] }
      guard name.hasPrefix("bias") else { return rows(some, name) }
      let (H, B) = name.hasSuffix("l0") ? (4, 2) : (2, 1)
      func zeros(_ count: Int) -> [Double] { Array(repeating: 0, count: count) }
      guard let own = some.shape.tensor(named: name).map({ _ in rows(some, name)[0] }) else {
        return [zeros(H + 3 * B)]
      }
      return [
        biases.gates && biases.cells
          ? own
          : biases.gates ? own[..<(2 * B)] + zeros(H) + own[(2 * B)...] : zeros(2 * B) + own + zeros(B)
      ]
    }
    let found = difference(some, zero)
    print("\(biases) and zero biases: \(found)")
    #expect(found == 0)
  }

  /// The state after some steps, gates included, can start the remaining steps.
  @Test func stateCarriesOver() {
    let whole = ReferenceShape(
      inputSize: I, hiddenSizes: [4, 2], cell: .lstm1997(cellsPerBlock: 2), outputSize: 2, seesInput: true
    ).randomProblem(steps: T, batchSize: N, seed: 23)
    let (v, half) = (whole.variables, 2 * N * I)
    let first = ReferenceProblem(
      shape: whole.shape, steps: 2, batchSize: N, parameters: v.parameters, input: Array(v.input[..<half]), h0: v.h0,
      c0: v.c0, g0: v.g0
    ).outputs()
    let second = ReferenceProblem(
      shape: whole.shape, steps: 2, batchSize: N, parameters: v.parameters, input: Array(v.input[half...]),
      h0: first.hT, c0: first.cT, g0: first.gT
    ).outputs()
    let outputs = whole.outputs()
    #expect(outputs.y == first.y + second.y)
    #expect(outputs.hT == second.hT && outputs.cT == second.cT && outputs.gT == second.gT)
  }
}
