import GatewiseReference
import Testing

/// Without recurrent weights, a rule that cuts the recurrence has nothing to cut.
@Suite struct FamilyRuleTests {
  /// A problem whose recurrent weights, of h and of gates, are zero.
  private func deaf(_ hidden: [Int], peepholes: Bool) -> ReferenceProblem {
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: hidden, cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true),
      peepholes: peepholes, outputSize: 2, seesInput: true)
    let drawn = shape.randomProblem(steps: 4, batchSize: 3, lengths: [4, 0, 3], seed: 31)
    var parameters = drawn.variables.parameters
    for tensor in shape.tensors where tensor.name.hasPrefix("weight_hh") || tensor.name.hasPrefix("weight_gh") {
      for j in tensor.range { parameters[j] = 0 }
    }
    return ReferenceProblem(
      shape: shape, steps: 4, batchSize: 3, lengths: drawn.lengths, parameters: parameters,
      input: drawn.variables.input, h0: drawn.variables.h0, c0: drawn.variables.c0, g0: drawn.variables.g0,
      dy: drawn.dy,
      dhT: drawn.dhT, dcT: drawn.dcT, dgT: drawn.dgT)
  }

  private func difference(_ problem: ReferenceProblem, _ a: ReferenceRule, _ b: ReferenceRule) -> (Double, Double) {
    let (x, y) =
      ([a, b].map { rule in
        var problem = problem
        problem.rule = rule
        return ComplexStep.gradient(of: problem)
      }).pair
    return (
      relativeDifference(x.parameters, y.parameters),
      relativeDifference(x.input + x.c0.joined(), y.input + y.c0.joined())
    )
  }

  @Test(arguments: [false, true])
  func recurrentCut(peepholes: Bool) {
    let (parameters, others) = difference(deaf([4, 2], peepholes: peepholes), .recurrentCut(.attached), .full)
    print("R2 and BPTT without recurrent weights: parameters \(parameters), x and c0 \(others)")
    #expect(max(parameters, others) < 1e-14)
  }

  /// For one layer R0 and R1 equal R2, with any recurrence; for lower layers R1 is a different rule.
  @Test(arguments: [ReferenceRule.PeepholePaths.detached, .outputAttached, .attached])
  func rulesOfOneLayer(_ paths: ReferenceRule.PeepholePaths) {
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: [6], cell: ReferenceCell(cellsPerBlock: 3, gateRecurrence: true), peepholes: true,
      outputSize: 2, seesInput: true)
    let problem = shape.randomProblem(steps: 5, batchSize: 2, seed: 32)
    let (r1, _) = difference(problem, .currentInputs(paths), .recurrentCut(paths))
    let (r0, _) = difference(problem, .outputLayerOnly(paths), .recurrentCut(paths))
    let (full, _) = difference(problem, .full, .recurrentCut(paths))
    let (below, _) = difference(deaf([6, 2], peepholes: true), .currentInputs(paths), .recurrentCut(paths))
    print("one layer, peepholes \(paths): R1 and R2 \(r1), R0 and R2 \(r0), BPTT and R2 \(full); two layers \(below)")
    #expect(max(r1, r0) < 1e-14)
    #expect(min(full, below) > 0.01)
  }
}

extension Array {
  fileprivate var pair: (Element, Element) { (self[0], self[1]) }
}
