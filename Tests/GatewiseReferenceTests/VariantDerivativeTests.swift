import GatewiseReference
import Testing

/// The complex step of every variant, and of its rules' networks if it has rules, against central differences.
@Suite struct VariantDerivativeTests {
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

    // Along a direction the whole network runs, for single entries only what they reach.
    let along = ComplexStep.derivative(of: problem, along: problem.variables)
    let terms = zip(exact.parts, problem.variables.parts).flatMap { zip($0.values, $1.values).map { abs($0 * $1) } }
    let found = abs(along - exact.dot(problem.variables)) / terms.reduce(0, +)
    print("direction and gradient, \(name): \(found)")
    #expect(found < 1e-14)
  }

  @Test(arguments: VariantCase.all)
  func variants(_ test: VariantCase) throws {
    check(test.name, try test.problem())
  }

  /// Cases without a file: learned states of both directions, gate recurrence with levels of different sizes.
  @Test func learnedStates() {
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: [3, 2], peepholes: true, learnsInitialState: true, outputSize: 2,
      readsLastStepOnly: true, bidirectional: true, projectionSize: 2, layerNormalization: .productsAndCell)
    check("learned states", shape.randomProblem(steps: 3, batchSize: 3, lengths: [3, 0, 2], seed: 55))
  }

  @Test func levelsOfDifferentSizes() {
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: [2, 4], cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true), peepholes: true,
      bidirectional: true)
    check("levels of 2 and 4", shape.randomProblem(steps: 3, batchSize: 3, lengths: [3, 0, 2], seed: 52))
  }

  static let rules: [ReferenceRule] = [
    .recurrentCut(.detached), .recurrentCut(.attached), .currentInputs(.detached), .currentInputs(.outputAttached),
    .outputLayerOnly(.detached), .truncated(every: 2, depth: 3),
  ]

  @Test(arguments: rules, ReferenceLayerNormalization.allCases)
  func rulesOfVariants(_ rule: ReferenceRule, _ normalization: ReferenceLayerNormalization) {
    let shape = ReferenceShape(
      inputSize: 2, hiddenSizes: [4, 3],
      cell: ReferenceCell(
        gateRecurrence: true, gateSquash: .hardSigmoid(alpha: 0.2, beta: 0.5), preActivationClip: 1.3, cellClip: 0.8),
      peepholes: true, outputSize: 2, seesInput: true, projectionSize: 2, projectionClip: 0.5,
      layerNormalization: normalization, residual: true, embeddingSize: 3)
    let masks = ReferenceMasks(recurrent: [[1, 0, 2, 1, 2, 0], [2, 1, 0, 1, 1, 2]])
    var problem = shape.randomProblem(steps: 4, batchSize: 3, lengths: [4, 0, 3], masks: masks, seed: 53)
    let outputs = problem.outputs()
    problem.rule = rule
    #expect(problem.outputs() == outputs)
    check("\(rule), normalization of \(normalization)", problem)
  }

  /// Truncation that reaches back to the start of every sequence cuts nothing, also with zoneout.
  @Test func truncationUnderZoneout() {
    var random = SplitMix(state: 54)
    let zoneout = ReferenceMasks(
      zoneoutCell: [random.uniform(36, in: 0...1)], zoneoutHidden: [random.uniform(24, in: 0...1)])
    let full = ReferenceShape(inputSize: 2, hiddenSizes: [3], peepholes: true, projectionSize: 2)
      .randomProblem(steps: 4, batchSize: 3, lengths: [4, 1, 3], masks: zoneout, seed: 54)
    var (deep, short) = (full, full)
    deep.rule = .truncated(every: 1, depth: 4)
    short.rule = .truncated(every: 1, depth: 2)
    let expected = ComplexStep.gradient(of: full).parameters
    let found = relativeDifference(ComplexStep.gradient(of: deep).parameters, expected)
    print("zoneout, truncation of full depth: \(found)")
    #expect(found < 1e-14)
    check("zoneout, truncated", short)
    #expect(relativeDifference(ComplexStep.gradient(of: short).parameters, expected) > 1e-3)
  }
}
