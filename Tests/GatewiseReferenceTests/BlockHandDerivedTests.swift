import Foundation
import GatewiseReference
import Testing

/// A memory block of two cells with all options of the family, written out for two steps with libm's functions.
@Suite struct BlockHandDerivedTests {
  @Test func blockOfTwoCells() {
    let shape = ReferenceShape(
      inputSize: 1, hiddenSizes: [2],
      cell: ReferenceCell(
        cellsPerBlock: 2, inputSquash: .doubledLogistic, outputSquash: .centeredLogistic, gateRecurrence: true),
      peepholes: true, biases: ReferenceBiases(cells: false), outputSize: 1, seesInput: true)
    let problem = shape.randomProblem(steps: 2, batchSize: 1, seed: 41)
    let (p, x, v) = (problem.variables.parameters, problem.variables.input, problem.variables)
    // Columns: i, f, g of cells 0 and 1, o. W p[0..<5], R p[5..<15] in two rows, U p[15..<30] in rows i, f, o, biases
    // of i, f, o p[30..<33], peepholes i, f, o p[33..<39] in rows of two, head p[39], p[40], shortcut p[41], bias
    // p[42].
    #expect(p.count == 43)
    func sigma(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func net(_ j: Int, _ t: Int, _ h: [Double], _ gates: [Double]) -> Double {
      let recurrent = h[0] * p[5 + j] + h[1] * p[10 + j]
      return x[t] * p[j] + recurrent + gates[0] * p[15 + j] + gates[1] * p[20 + j] + gates[2] * p[25 + j]
    }
    func step(_ t: Int, _ h: [Double], _ c: [Double], _ gates: [Double]) -> (h: [Double], c: [Double], gates: [Double])
    {
      let i = sigma(net(0, t, h, gates) + p[30] + p[33] * c[0] + p[34] * c[1])
      let f = sigma(net(1, t, h, gates) + p[31] + p[35] * c[0] + p[36] * c[1])
      let first = f * c[0] + i * (4 * sigma(net(2, t, h, gates)) - 2)
      let second = f * c[1] + i * (4 * sigma(net(3, t, h, gates)) - 2)
      let o = sigma(net(4, t, h, gates) + p[32] + p[37] * first + p[38] * second)
      return ([o * (2 * sigma(first) - 1), o * (2 * sigma(second) - 1)], [first, second], [i, f, o])
    }
    let a = step(0, v.h0[0], v.c0[0], v.g0[0])
    let b = step(1, a.h, a.c, a.gates)
    let y = zip([a, b], x).map { $0.h[0] * p[39] + $0.h[1] * p[40] + $1 * p[41] + p[42] }

    let outputs = problem.outputs()
    let found = [
      relativeDifference(outputs.y, y), relativeDifference(outputs.hT[0], b.h), relativeDifference(outputs.cT[0], b.c),
      relativeDifference(outputs.gT[0], b.gates),
    ].max()!
    print("block of two cells, two steps, values: \(found)")
    #expect(found < 1e-14)

    // E only at the end, where the chain is short: through b_o and through the gates of the last step.
    let E = problem.dy[0] * y[0] + problem.dy[1] * y[1]
    let ends = zip(problem.dhT[0] + problem.dcT[0] + problem.dgT[0], b.h + b.c + b.gates).map { $0 * $1 }.reduce(0, +)
    #expect(abs(problem.objective() - E - ends) < 1e-14)
    let gradient = ComplexStep.gradient(of: problem)
    let (dy, expected) = (problem.dy, problem.dy[0] * x[0] + problem.dy[1] * x[1])
    #expect(abs(gradient.parameters[41] - expected) < 1e-15 && abs(gradient.parameters[42] - dy[0] - dy[1]) < 1e-15)
  }

  /// One step of a block, the book's Equations, Backward: a gate's error is the sum over its cells.
  @Test func backwardOfOneStep() {
    let shape = ReferenceShape(
      inputSize: 1, hiddenSizes: [2], cell: ReferenceCell(cellsPerBlock: 2, gating: .keepInput), peepholes: true)
    let problem = shape.randomProblem(steps: 1, batchSize: 1, seed: 42)
    let (p, v) = (problem.variables.parameters, problem.variables)
    let (x, h0, c0) = (v.input[0], v.h0[0], v.c0[0])
    // Columns: i, g of cells 0 and 1, o; W p[0..<4], R p[4..<12], b p[12..<16], peepholes i, o p[16..<20].
    func sigma(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    let net = (0..<4).map { x * p[$0] + h0[0] * p[4 + $0] + h0[1] * p[8 + $0] + p[12 + $0] }
    let i = sigma(net[0] + p[16] * c0[0] + p[17] * c0[1])
    let g = [tanh(net[1]), tanh(net[2])]
    let c = (0..<2).map { (1 - i) * c0[$0] + i * g[$0] }
    let o = sigma(net[3] + p[18] * c[0] + p[19] * c[1])

    let dh = (0..<2).map { problem.dy[$0] + problem.dhT[0][$0] }
    let deltaO = (dh[0] * tanh(c[0]) + dh[1] * tanh(c[1])) * o * (1 - o)
    let dc = (0..<2).map { dh[$0] * o * (1 - pow(tanh(c[$0]), 2)) + p[18 + $0] * deltaO + problem.dcT[0][$0] }
    let deltaI = (dc[0] * (g[0] - c0[0]) + dc[1] * (g[1] - c0[1])) * i * (1 - i)
    let delta = [deltaI, dc[0] * i * (1 - g[0] * g[0]), dc[1] * i * (1 - g[1] * g[1]), deltaO]
    let expected =
      delta.map { $0 * x } + delta.map { $0 * h0[0] } + delta.map { $0 * h0[1] } + delta
      + [deltaI * c0[0], deltaI * c0[1], deltaO * c[0], deltaO * c[1]]
    let expectedC0 = (0..<2).map { dc[$0] * (1 - i) + p[16 + $0] * deltaI }

    let gradient = ComplexStep.gradient(of: problem)
    let found = max(
      relativeDifference(gradient.parameters, expected), relativeDifference(gradient.c0[0], expectedC0))
    print("block of two cells, one step, complex step and hand-derived gradient: \(found)")
    #expect(found < 1e-14)
  }
}
