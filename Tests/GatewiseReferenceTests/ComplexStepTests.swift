import GatewiseReference
import Testing

@Suite struct ComplexStepTests {
  /// A shape with steps, lengths and a name: every feature alone and combined.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shape: ReferenceShape
    var steps = 4
    var lengths: [Int]? = nil
    var batchSize = 3

    static let all = [
      Case(testDescription: "one cell", shape: ReferenceShape(inputSize: 1, hiddenSizes: [1]), batchSize: 1),
      Case(testDescription: "one layer", shape: ReferenceShape(inputSize: 3, hiddenSizes: [4])),
      Case(testDescription: "peepholes", shape: ReferenceShape(inputSize: 2, hiddenSizes: [3], peepholes: true)),
      Case(testDescription: "two layers", shape: ReferenceShape(inputSize: 2, hiddenSizes: [3, 5])),
      Case(
        testDescription: "lengths", shape: ReferenceShape(inputSize: 2, hiddenSizes: [4, 3]), steps: 5,
        lengths: [2, 5, 0]),
      Case(
        testDescription: "learned state",
        shape: ReferenceShape(inputSize: 2, hiddenSizes: [4, 3], learnsInitialState: true), lengths: [4, 0, 1]),
      Case(testDescription: "readout", shape: ReferenceShape(inputSize: 2, hiddenSizes: [3, 2], outputSize: 4)),
      Case(
        testDescription: "last readout",
        shape: ReferenceShape(inputSize: 2, hiddenSizes: [3, 2], outputSize: 4, readsLastStepOnly: true),
        lengths: [3, 0, 4]),
      Case(
        testDescription: "all",
        shape: ReferenceShape(
          inputSize: 3, hiddenSizes: [4, 2, 3], peepholes: true, learnsInitialState: true, outputSize: 2),
        steps: 5, lengths: [5, 1, 3]),
    ]
  }

  @Test(arguments: Case.all)
  func agreesWithCentralDifferences(_ test: Case) {
    let problem = test.shape.randomProblem(
      steps: test.steps, batchSize: test.batchSize, lengths: test.lengths, seed: 1)
    let exact = ComplexStep.gradient(of: problem)
    let differences = CentralDifferences.gradient(of: problem)
    for (part, other) in zip(exact.parts, differences.parts) {
      let found = relativeDifference(other.values, part.values)
      print("complex step and central differences, \(test.testDescription), \(part.name): \(found)")
      #expect(found < 1e-8)
    }
  }

  /// Two independent uses of the complex step: along a direction the whole network runs, for single entries only what
  /// they reach.
  @Test(arguments: Case.all)
  func directionIsTheDotProductWithTheGradient(_ test: Case) {
    let problem = test.shape.randomProblem(
      steps: test.steps, batchSize: test.batchSize, lengths: test.lengths, seed: 2)
    let gradient = ComplexStep.gradient(of: problem)
    for seed in 3..<6 as Range<UInt64> {
      let direction = test.shape.randomProblem(
        steps: test.steps, batchSize: test.batchSize, lengths: test.lengths, seed: seed
      ).variables
      let along = ComplexStep.derivative(of: problem, along: direction)
      // Relative to the terms of the product, which may cancel.
      let terms = zip(gradient.parts, direction.parts).flatMap { zip($0.values, $1.values).map { abs($0 * $1) } }
      let found = abs(along - gradient.dot(direction)) / terms.reduce(0, +)
      print("direction and gradient, \(test.testDescription): \(found)")
      #expect(found < 1e-14)
    }
  }

  @Test func singleEntriesAreThoseOfTheGradient() {
    let problem = Case.all.first { $0.testDescription == "lengths" }!.shape
      .randomProblem(steps: 5, batchSize: 3, lengths: [2, 5, 0], seed: 6)
    let gradient = ComplexStep.gradient(of: problem)
    let entries: [ReferenceVariable] = [.c0(layer: 0, 5), .parameter(17), .h0(layer: 1, 4), .input(8)]
    let expected = [gradient.c0[0][5], gradient.parameters[17], gradient.h0[1][4], gradient.input[8]]
    #expect(ComplexStep.derivatives(of: problem, by: entries) == expected)
    #expect(relativeDifference(CentralDifferences.derivatives(of: problem, by: entries), expected) < 1e-8)
    #expect(!expected.contains(0))
  }

  /// Values on padding change nothing, even if NaN, and their derivative is 0.
  @Test func paddingIsNeverRead() {
    let (T, N, I) = (4, 3, 2)
    let lengths = [2, 4, 0]
    let shape = ReferenceShape(inputSize: I, hiddenSizes: [3, 2], peepholes: true, outputSize: 2)
    let clean = shape.randomProblem(steps: T, batchSize: N, lengths: lengths, seed: 7)
    var (input, dy) = (clean.variables.input, clean.dy)
    for n in 0..<N {
      for t in lengths[n]..<T {
        for j in 0..<2 {
          input[(t * N + n) * I + j] = .nan
          dy[(t * N + n) * 2 + j] = .nan
        }
      }
    }
    let dirty = ReferenceProblem(
      shape: shape, steps: T, batchSize: N, lengths: lengths, parameters: clean.variables.parameters, input: input,
      h0: clean.variables.h0, c0: clean.variables.c0, dy: dy, dhT: clean.dhT, dcT: clean.dcT)
    #expect(clean.outputs() == dirty.outputs())
    #expect(ComplexStep.gradient(of: clean) == ComplexStep.gradient(of: dirty))

    let gradient = ComplexStep.gradient(of: dirty).input
    let y = dirty.outputs().y
    for n in 0..<N {
      for t in 0..<T {
        let padding = t >= lengths[n]
        for j in 0..<2 {
          #expect((gradient[(t * N + n) * I + j] == 0) == padding)
          #expect((y[(t * N + n) * 2 + j] == 0) == padding)
        }
      }
    }
    let central = CentralDifferences.gradient(of: dirty)
    #expect(relativeDifference(central.input, gradient) < 1e-8)
  }

  /// The full size that other tests use. Its time is printed, not asserted.
  @Test func theFullGradientOfThreeLayersOfSeventeen() {
    let shape = ReferenceShape(inputSize: 5, hiddenSizes: [17, 17, 17], peepholes: true, outputSize: 4)
    let problem = shape.randomProblem(steps: 7, batchSize: 3, lengths: [7, 4, 6], seed: 8)
    var gradient = problem.variables
    let time = ContinuousClock().measure { gradient = ComplexStep.gradient(of: problem) }
    let along = ComplexStep.derivative(of: problem, along: problem.variables)
    let found = abs(along - gradient.dot(problem.variables)) / abs(along)
    print("H 17, L 3, T 7, N 3: \(shape.parameterCount) parameters in \(time); direction agrees to \(found)")
    #expect(found < 1e-12)
    #expect(ComplexStep.gradient(of: problem) == gradient, "the result must not depend on the threads")
  }
}
