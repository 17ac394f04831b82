import GatewiseReference
import Testing

@Suite struct ReferenceShapeTests {
  @Test func orderOfTheFlatVector() {
    let shape = ReferenceShape(
      inputSize: 3, hiddenSizes: [2, 5], peepholes: true, learnsInitialState: true, outputSize: 4,
      readsLastStepOnly: true)
    let expected: [(String, [Int], Int)] = [
      ("weight_ih_l0", [3, 8], 0), ("weight_hh_l0", [2, 8], 24), ("bias_ih_l0", [8], 40), ("peephole_l0", [3, 2], 48),
      ("weight_ih_l1", [2, 20], 54), ("weight_hh_l1", [5, 20], 94), ("bias_ih_l1", [20], 194),
      ("peephole_l1", [3, 5], 214),
      ("h0_l0", [2], 229), ("h0_l1", [5], 231), ("c0_l0", [2], 236), ("c0_l1", [5], 238),
      ("head.weight", [5, 4], 243), ("head.bias", [4], 263),
    ]
    #expect(shape.tensors.map(\.name) == expected.map(\.0))
    #expect(shape.tensors.map(\.shape) == expected.map(\.1))
    #expect(shape.tensors.map(\.offset) == expected.map(\.2))
    #expect(shape.parameterCount == 267)
    #expect(shape.tensor(named: "bias_ih_l1")?.range == 194..<214)
    #expect(ReferenceShape(inputSize: 1, hiddenSizes: [2]).parameterCount == 8 + 16 + 8)
  }

  /// The order: the embedding; then level by level, direction by direction; then the states in the order of layers.
  @Test func orderOfTheVariantsTensors() {
    func shape(_ normalization: ReferenceLayerNormalization) -> ReferenceShape {
      ReferenceShape(
        inputSize: 7, hiddenSizes: [4, 6], cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true), peepholes: true,
        learnsInitialState: true, outputSize: 5, seesInput: true, bidirectional: true, projectionSize: 3,
        layerNormalization: normalization, embeddingSize: 2)
    }
    func layer(_ suffix: String, _ I: Int, _ H: Int, _ norms: [(String, [Int])]) -> [(String, [Int])] {
      let C = H + 3 * H / 2
      return [
        ("weight_ih" + suffix, [I, C]), ("weight_hh" + suffix, [3, C]), ("weight_gh" + suffix, [3 * H / 2, C]),
        ("bias_ih" + suffix, [C]), ("peephole" + suffix, [3, H]), ("weight_hr" + suffix, [H, 3]),
      ] + norms.map { ($0.0 + suffix, $0.1) }
    }
    for normalization in ReferenceLayerNormalization.allCases {
      func norms(_ H: Int) -> [(String, [Int])] {
        let C = H + 3 * H / 2
        return normalization == .gates
          ? [("norm_gain", [C])]
          : [
            ("norm_input_gain", [C]), ("norm_recurrent_gain", [C]), ("norm_cell_gain", [H]), ("norm_cell_bias", [H]),
          ]
      }
      let lower = [("_l0", 2, 4), ("_l0_reverse", 2, 4)]
      let upper = [("_l1", 6, 6), ("_l1_reverse", 6, 6)]
      let states = ["h0", "c0"].flatMap { name in
        (lower + upper).map { (name + $0.0, [name == "h0" ? 3 : $0.2]) }
      }
      let head = [("head.weight", [6, 5]), ("head.input_weight", [7, 5]), ("head.bias", [5])]
      let layers = (lower + upper).flatMap { layer($0.0, $0.1, $0.2, norms($0.2)) }
      let expected = [("embedding.weight", [7, 2])] + layers + states + head
      let tensors = shape(normalization).tensors
      #expect(tensors.map(\.name) == expected.map(\.0))
      #expect(tensors.map(\.shape) == expected.map(\.1))
      #expect(zip(tensors, tensors.dropFirst()).allSatisfy { $0.range.upperBound == $1.offset })
    }
  }

  /// A learned initial state equals the same rows given to every sequence, and its gradient is the sum over them.
  @Test func learnedStateIsTheGivenStateOfEverySequence() {
    let (T, N) = (3, 4)
    let learned = ReferenceShape(inputSize: 2, hiddenSizes: [3, 2], learnsInitialState: true)
      .randomProblem(steps: T, batchSize: N, lengths: [3, 0, 1, 2], seed: 10)
    let p = learned.variables.parameters
    func rows(_ name: String) -> [Double] {
      let row = Array(p[learned.shape.tensor(named: name)!.range])
      return (0..<N).flatMap { _ in row }
    }
    let plain = ReferenceShape(inputSize: 2, hiddenSizes: [3, 2])
    let given = ReferenceProblem(
      shape: plain, steps: T, batchSize: N, lengths: learned.lengths, parameters: Array(p[..<plain.parameterCount]),
      input: learned.variables.input, h0: [rows("h0_l0"), rows("h0_l1")], c0: [rows("c0_l0"), rows("c0_l1")],
      dy: learned.dy, dhT: learned.dhT, dcT: learned.dcT)
    #expect(learned.outputs() == given.outputs())

    func sum(_ states: [Double]) -> [Double] {
      let H = states.count / N
      return (0..<H).map { k in (0..<N).reduce(0) { $0 + states[$1 * H + k] } }
    }
    let (a, b) = (ComplexStep.gradient(of: learned), ComplexStep.gradient(of: given))
    let expected = b.parameters + b.h0.flatMap(sum) + b.c0.flatMap(sum)
    let found = relativeDifference(a.parameters, expected)
    print("learned state and given state, gradient: \(found)")
    #expect(found < 1e-14)
  }

  /// A readout on the last step reads the highest layer's final h; for a sequence of length 0 this is its h0.
  @Test func readoutOnTheLastStep() {
    let (N, K) = (3, 2)
    let shape = ReferenceShape(inputSize: 2, hiddenSizes: [3, 2], outputSize: K, readsLastStepOnly: true)
    let problem = shape.randomProblem(steps: 3, batchSize: N, lengths: [2, 0, 3], seed: 11)
    let outputs = problem.outputs()
    let p = problem.variables.parameters
    let (weight, bias) = (shape.tensor(named: "head.weight")!.offset, shape.tensor(named: "head.bias")!.offset)
    let h = outputs.hT[1]
    #expect(Array(h[2..<4]) == Array(problem.variables.h0[1][2..<4]))
    let expected = (0..<N * K).map { j in
      p[bias + j % K] + h[j / K * 2] * p[weight + j % K] + h[j / K * 2 + 1] * p[weight + K + j % K]
    }
    #expect(relativeDifference(outputs.y, expected) < 1e-14)
  }
}
