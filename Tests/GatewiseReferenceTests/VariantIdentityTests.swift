import GatewiseReference
import Testing

/// Variants that equal something simpler for particular weights or masks.
@Suite struct VariantIdentityTests {
  private let T = 5
  private let N = 3
  private let lengths = [3, 5, 0]

  private func random(_ shape: ReferenceShape) -> ReferenceProblem {
    shape.randomProblem(steps: T, batchSize: N, lengths: lengths, seed: 61)
  }

  /// Rows (t, n) of [T, N, width] with each sequence's own steps reversed.
  private func reversed(_ rows: [Double], width: Int) -> [Double] {
    var found = rows
    for n in 0..<N {
      for t in 0..<lengths[n] {
        for j in 0..<width { found[(t * N + n) * width + j] = rows[((lengths[n] - 1 - t) * N + n) * width + j] }
      }
    }
    return found
  }

  /// Columns of rows [.., width].
  private func columns(_ rows: [Double], width: Int, _ range: Range<Int>) -> [Double] {
    stride(from: 0, to: rows.count, by: width).flatMap { rows[$0 + range.lowerBound..<$0 + range.upperBound] }
  }

  /// The reverse direction equals a forward one on the reversed input; the two gradients of x add up.
  @Test(arguments: [nil, 2])
  func reverseIsForwardOfTheReversedInput(projectionSize: Int?) {
    let (I, H) = (2, 3)
    let P = projectionSize ?? H
    let both = random(
      ReferenceShape(
        inputSize: I, hiddenSizes: [H], peepholes: true, bidirectional: true, projectionSize: projectionSize))
    let one = ReferenceShape(inputSize: I, hiddenSizes: [H], peepholes: true, projectionSize: projectionSize)
    let (p, v) = (both.variables.parameters, both.variables)
    let pair = (0..<2).map { d in
      let dy = columns(both.dy, width: 2 * P, d * P..<(d + 1) * P)
      return ReferenceProblem(
        shape: one, steps: T, batchSize: N, lengths: lengths,
        parameters: Array(d == 0 ? p[..<one.parameterCount] : p[one.parameterCount...]),
        input: d == 0 ? v.input : reversed(v.input, width: I), h0: [v.h0[d]], c0: [v.c0[d]],
        dy: d == 0 ? dy : reversed(dy, width: P), dhT: [both.dhT[d]], dcT: [both.dcT[d]])
    }
    let (outputs, gradient) = (both.outputs(), ComplexStep.gradient(of: both))
    let (parts, gradients) = (pair.map { $0.outputs() }, pair.map { ComplexStep.gradient(of: $0) })
    #expect(columns(outputs.y, width: 2 * P, 0..<P) == parts[0].y)
    #expect(columns(outputs.y, width: 2 * P, P..<2 * P) == reversed(parts[1].y, width: P))
    #expect(outputs.hT == parts.flatMap(\.hT) && outputs.cT == parts.flatMap(\.cT))
    #expect(Array(outputs.hT[1][(2 * P)...]) == Array(v.h0[1][(2 * P)...]), "length 0 must keep the state")
    let dx = zip(gradients[0].input, reversed(gradients[1].input, width: I)).map(+)
    let found = [
      relativeDifference(gradient.parameters, gradients.flatMap(\.parameters)), relativeDifference(gradient.input, dx),
      relativeDifference(Array(gradient.h0.joined()), gradients.flatMap { $0.h0[0] }),
    ].max()!
    print("both directions and two networks, P \(P): \(found)")
    #expect(found < 1e-14)
  }

  /// h·1 is h.
  @Test func projectionByTheIdentity() {
    let (projected, plain) = (
      ReferenceShape(inputSize: 2, hiddenSizes: [3, 3], projectionSize: 3),
      ReferenceShape(inputSize: 2, hiddenSizes: [3, 3])
    )
    let problem = random(plain)
    let identity = problem.changed(
      projected,
      parameters: projected.tensors.flatMap { tensor in
        plain.tensor(named: tensor.name).map { Array(problem.variables.parameters[$0.range]) }
          ?? [1, 0, 0, 0, 1, 0, 0, 0, 1]
      })
    #expect(identity.outputs() == problem.outputs())
  }

  /// Bounds that nothing reaches change nothing; bounds that are reached hold.
  @Test func clips() {
    func shape(_ preActivation: Double?, _ cell: Double?, _ projection: Double?) -> ReferenceShape {
      ReferenceShape(
        inputSize: 2, hiddenSizes: [3, 3],
        cell: ReferenceCell(inputSquash: .identity, preActivationClip: preActivation, cellClip: cell), peepholes: true,
        projectionSize: 2, projectionClip: projection)
    }
    let free = random(shape(nil, nil, nil))
    let wide = free.changed(shape(1e9, 1e9, 1e9))
    #expect(free.outputs() == wide.outputs())
    #expect(ComplexStep.gradient(of: free) == ComplexStep.gradient(of: wide))
    let tight = [shape(0.2, nil, nil), shape(nil, 0.2, nil), shape(nil, nil, 0.1)].map { free.changed($0).outputs() }
    let effects = tight.map { relativeDifference($0.y, free.outputs().y) }
    print("clips of 0.2, 0.2 and 0.1 change y by \(effects)")
    #expect(effects.min()! > 1e-3)
    let cells = tight[1].cT[0][..<6].map { abs($0) }  // of the sequences that have steps
    #expect(cells.max() == 0.2)
    #expect(tight[2].y.map { abs($0) }.max() == 0.1)
  }

  /// A normalized gate with gains of 1 and no bias has a row of mean 0 and of variance v / (v + ε), which is nearly 1.
  @Test func normalizedRows() {
    let H = 6
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: [H], cell: ReferenceCell(gateRecurrence: true, gateSquash: .identity), peepholes: true,
      biases: ReferenceBiases(gates: false, cells: false), layerNormalization: .gates)
    let drawn = random(shape)
    var parameters = drawn.variables.parameters
    for j in shape.tensor(named: "norm_gain_l0")!.range { parameters[j] = 1 }
    let gates = drawn.changed(parameters: parameters).outputs().gT[0]
    for first in stride(from: 0, to: 2 * 3 * H, by: H) {
      let row = gates[first..<first + H]
      let mean = row.reduce(0, +) / Double(H)
      let variance = row.reduce(0) { $0 + $1 * $1 } / Double(H)
      #expect(abs(mean) < 1e-14 && variance < 1 && variance > 0.999)
    }
  }

  /// A residual level with zero output passes on its input.
  @Test func silentResidualLevel() {
    let shape = ReferenceShape(inputSize: 2, hiddenSizes: [3, 3], bidirectional: true, residual: true)
    let drawn = random(shape)
    let zeros = Array(repeating: [Double](repeating: 0, count: N * 3), count: 2)
    let silent = drawn.changed(
      parameters: shape.tensors.flatMap { tensor in
        tensor.layer == 0 ? Array(drawn.variables.parameters[tensor.range]) : Array(repeating: 0, count: tensor.count)
      }, h0: drawn.variables.h0[..<2] + zeros, c0: drawn.variables.c0[..<2] + zeros)
    let lower = ReferenceProblem(
      shape: ReferenceShape(inputSize: 2, hiddenSizes: [3], bidirectional: true), steps: T, batchSize: N,
      lengths: lengths, parameters: Array(drawn.variables.parameters[..<shape.tensor(named: "weight_ih_l1")!.offset]),
      input: drawn.variables.input, h0: Array(drawn.variables.h0[..<2]), c0: Array(drawn.variables.c0[..<2]))
    #expect(silent.outputs().y == lower.outputs().y)
    #expect(silent.outputs().hT[2].allSatisfy { $0 == 0 })
  }

  /// One-hot input selects the rows of an embedding: the network equals one whose input is these rows.
  @Test func embeddingOfTokens() {
    let (V, M) = (4, 2)
    let shape = ReferenceShape(inputSize: V, hiddenSizes: [3], embeddingSize: M)
    let tokens = (0..<T * N).map { $0 * 7 % V }
    let problem = random(shape).changed(input: tokens.flatMap { token in (0..<V).map { $0 == token ? 1 : 0 } })
    let E = Array(problem.variables.parameters[..<(V * M)])
    let given = problem.changed(
      ReferenceShape(inputSize: M, hiddenSizes: [3]), parameters: Array(problem.variables.parameters[(V * M)...]),
      input: tokens.flatMap { E[$0 * M..<($0 + 1) * M] })
    #expect(relativeDifference(problem.outputs().y, given.outputs().y) < 1e-15)
    var expected = [Double](repeating: 0, count: V * M)
    for (row, dx) in ComplexStep.gradient(of: given).input.enumerated() {
      expected[tokens[row / M] * M + row % M] += dx
    }
    let found = relativeDifference(Array(ComplexStep.gradient(of: problem).parameters[..<(V * M)]), expected)
    print("embedding and given rows, gradient: \(found)")
    #expect(found < 1e-14)
  }

}
