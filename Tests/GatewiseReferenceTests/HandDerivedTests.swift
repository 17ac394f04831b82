import Foundation
import GatewiseReference
import Testing

/// Networks small enough to write out every formula with libm's functions and without a loop.
@Suite struct HandDerivedTests {
  /// One cell, one step: the book's Equations, Backward, with T = 1, every derivative as its chain of factors.
  @Test func oneCellOneStep() {
    let (wi, wf, wg, wo) = (0.3, -0.4, 0.9, 0.25)
    let (ri, rf, rg, ro) = (-0.6, 0.35, 0.55, -0.8)
    let (bi, bf, bg, bo) = (0.05, 0.7, -0.15, 0.1)
    let (pi, pf, po) = (0.45, -0.2, 0.65)
    let (x, h0, c0) = (0.8, -0.3, 0.6)
    let (v, d) = (1.4, -0.35)  // the readout's weight and bias
    let (dy, dhT, dcT) = (0.7, -0.45, 1.2)

    func sigma(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    let i = sigma(wi * x + ri * h0 + bi + pi * c0)
    let f = sigma(wf * x + rf * h0 + bf + pf * c0)
    let g = tanh(wg * x + rg * h0 + bg)
    let c = f * c0 + i * g
    let o = sigma(wo * x + ro * h0 + bo + po * c)
    let h = o * tanh(c)

    let dh = dy * v + dhT
    let deltaO = dh * tanh(c) * o * (1 - o)
    let dc = dh * o * (1 - tanh(c) * tanh(c)) + po * deltaO + dcT
    let deltaF = dc * c0 * f * (1 - f)
    let deltaI = dc * g * i * (1 - i)
    let deltaG = dc * i * (1 - g * g)

    let problem = ReferenceProblem(
      shape: ReferenceShape(inputSize: 1, hiddenSizes: [1], peepholes: true, outputSize: 1), steps: 1, batchSize: 1,
      parameters: [wi, wf, wg, wo, ri, rf, rg, ro, bi, bf, bg, bo, pi, pf, po, v, d],
      input: [x], h0: [[h0]], c0: [[c0]], dy: [dy], dhT: [[dhT]], dcT: [[dcT]])
    let expectedParameters = [
      deltaI * x, deltaF * x, deltaG * x, deltaO * x,
      deltaI * h0, deltaF * h0, deltaG * h0, deltaO * h0,
      deltaI, deltaF, deltaG, deltaO,
      deltaI * c0, deltaF * c0, deltaO * c,
      dy * h, dy,
    ]
    let dx = deltaI * wi + deltaF * wf + deltaG * wg + deltaO * wo
    let dh0 = deltaI * ri + deltaF * rf + deltaG * rg + deltaO * ro
    let dc0 = dc * f + pi * deltaI + pf * deltaF

    let gradient = ComplexStep.gradient(of: problem)
    let found = zip(
      gradient.parameters + gradient.input + gradient.h0[0] + gradient.c0[0], expectedParameters + [dx, dh0, dc0]
    ).map { abs($0 - $1) / abs($1) }.max()!
    print("one cell, one step, complex step and hand-derived gradient: \(found)")
    #expect(found < 1e-14)

    let outputs = problem.outputs()
    let values = zip(outputs.y + outputs.hT[0] + outputs.cT[0], [h * v + d, h, c]).map { abs($0 - $1) / abs($1) }.max()!
    print("one cell, one step, values: \(values)")
    #expect(values < 1e-14)
    #expect(abs(problem.objective() - (dy * (h * v + d) + dhT * h + dcT * c)) < 1e-14)
  }

  /// Two inputs, two cells, two sequences of lengths 1 and 2: every index of every array, written out.
  @Test func arrangementOfTheArrays() {
    let shape = ReferenceShape(inputSize: 2, hiddenSizes: [2], peepholes: true, outputSize: 1)
    let problem = shape.randomProblem(steps: 2, batchSize: 2, lengths: [1, 2], seed: 9)
    let (p, x) = (problem.variables.parameters, problem.variables.input)
    func sigma(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    // Columns: i of cells 0 and 1, then f, g, o. W is p[0..<16] in two rows, R p[16..<32], b p[32..<40], peepholes
    // i, f, o p[40..<46], head weights and bias p[46], p[47], p[48].
    func cell(_ k: Int, _ x0: Double, _ x1: Double, _ h: [Double], _ c: [Double]) -> (h: Double, c: Double) {
      let i = sigma(x0 * p[k] + x1 * p[8 + k] + h[0] * p[16 + k] + h[1] * p[24 + k] + p[32 + k] + p[40 + k] * c[k])
      let f = sigma(
        x0 * p[2 + k] + x1 * p[10 + k] + h[0] * p[18 + k] + h[1] * p[26 + k] + p[34 + k] + p[42 + k] * c[k])
      let g = tanh(x0 * p[4 + k] + x1 * p[12 + k] + h[0] * p[20 + k] + h[1] * p[28 + k] + p[36 + k])
      let now = f * c[k] + i * g
      let o = sigma(x0 * p[6 + k] + x1 * p[14 + k] + h[0] * p[22 + k] + h[1] * p[30 + k] + p[38 + k] + p[44 + k] * now)
      return (o * tanh(now), now)
    }
    func step(_ row: Int, _ h: [Double], _ c: [Double]) -> (h: [Double], c: [Double], y: Double) {
      let (a, b) = (cell(0, x[2 * row], x[2 * row + 1], h, c), cell(1, x[2 * row], x[2 * row + 1], h, c))
      return ([a.h, b.h], [a.c, b.c], a.h * p[46] + b.h * p[47] + p[48])
    }
    let (h0, c0) = (problem.variables.h0[0], problem.variables.c0[0])
    let first = step(0, Array(h0[0..<2]), Array(c0[0..<2]))  // sequence 0, step 0
    let second = step(1, Array(h0[2..<4]), Array(c0[2..<4]))  // sequence 1, step 0
    let third = step(3, second.h, second.c)  // sequence 1, step 1

    let outputs = problem.outputs()
    #expect(problem.shape.parameterCount == 49)
    let found = max(
      relativeDifference(outputs.y, [first.y, second.y, 0, third.y]),
      relativeDifference(outputs.hT[0], first.h + third.h), relativeDifference(outputs.cT[0], first.c + third.c))
    print("two cells, two sequences, values: \(found)")
    #expect(found < 1e-14)
  }
}
