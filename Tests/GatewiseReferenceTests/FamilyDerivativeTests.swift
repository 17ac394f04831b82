import GatewiseReference
import Testing

/// The complex step of every member of the family, and of every rule's network, against central differences.
@Suite struct FamilyDerivativeTests {
  private func check(_ name: String, _ problem: ReferenceProblem) {
    let exact = ComplexStep.gradient(of: problem)
    let differences = CentralDifferences.gradient(of: problem)
    var worst = 0.0
    for (part, other) in zip(exact.parts, differences.parts) {
      let found = relativeDifference(other.values, part.values)
      #expect(found < 1e-8, "\(part.name)")
      worst = max(worst, found)
    }
    print("complex step and central differences, \(name): worst part \(worst)")
  }

  @Test(arguments: FamilyCase.all)
  func agreesWithCentralDifferences(_ test: FamilyCase) {
    check(test.testDescription, test.problem(seed: 1))
  }

  static let rules: [ReferenceRule] = [
    .recurrentCut(.detached), .recurrentCut(.outputAttached), .recurrentCut(.attached), .currentInputs(.detached),
    .currentInputs(.attached), .outputLayerOnly(.outputAttached), .truncated(every: 1, depth: 2),
    .truncated(every: 3, depth: 3),
  ]

  /// Gate recurrence is recorded with h, and restored with it.
  @Test(arguments: rules)
  func networksOfRules(_ rule: ReferenceRule) {
    for learns in [false, true] {
      let shape = ReferenceShape(
        inputSize: 2, hiddenSizes: [4, 2], cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true), peepholes: true,
        learnsInitialState: learns, outputSize: 2, seesInput: true)
      var problem = shape.randomProblem(steps: 4, batchSize: 3, lengths: [4, 0, 3], seed: 2)
      let outputs = problem.outputs()
      problem.rule = rule
      #expect(problem.outputs() == outputs)
      check("\(rule), state \(learns ? "learned" : "given")", problem)
    }
  }

  @Test(arguments: FamilyCase.all)
  func directionIsTheDotProductWithTheGradient(_ test: FamilyCase) {
    let problem = test.problem(seed: 3)
    let (gradient, direction) = (ComplexStep.gradient(of: problem), test.problem(seed: 4).variables)
    let along = ComplexStep.derivative(of: problem, along: direction)
    let terms = zip(gradient.parts, direction.parts).flatMap { zip($0.values, $1.values).map { abs($0 * $1) } }
    let found = abs(along - gradient.dot(direction)) / terms.reduce(0, +)
    print("direction and gradient, \(test.testDescription): \(found)")
    #expect(found < 1e-14)
  }

  @Test func singleEntriesOfGates() {
    let problem = FamilyCase.others[0].problem(seed: 5)
    let gradient = ComplexStep.gradient(of: problem)
    let entries: [ReferenceVariable] = [.g0(layer: 0, 3), .g0(layer: 1, 11), .c0(layer: 1, 2)]
    let expected = [gradient.g0[0][3], gradient.g0[1][11], gradient.c0[1][2]]
    #expect(ComplexStep.derivatives(of: problem, by: entries) == expected)
    #expect(!expected.contains(0))
  }
}
