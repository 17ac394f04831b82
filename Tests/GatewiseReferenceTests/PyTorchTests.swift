import GatewiseReference
import Testing

/// The oracle against an outside witness: outputs and every gradient of torch.nn.LSTM in float64.
@Suite struct PyTorchTests {
  @Test(arguments: [
    "lstm-l1", "lstm-l2", "lstm-l3", "packed-l2", "head-l2", "bidirectional-l2", "projection-l2",
    "bidirectional-projection-l2", "nobias-bidirectional-l1",
  ])
  func agreesWithPyTorch(_ name: String) throws {
    let fixture = try PyTorchFixture("\(name)-f64")
    let (T, N, I) = (fixture.shape("x")[0], fixture.shape("x")[1], fixture.shape("x")[2])
    let bidirectional = fixture.has("weight_ih_l0_reverse")
    let (L, H) = (fixture.shape("c0")[0] / (bidirectional ? 2 : 1), fixture.shape("c0")[2])
    let biased = fixture.has("bias_ih_l0")
    let shape = ReferenceShape(
      inputSize: I, hiddenSizes: Array(repeating: H, count: L),
      biases: ReferenceBiases(gates: biased, cells: biased),
      outputSize: fixture.has("head.bias") ? fixture.shape("head.bias")[0] : nil, bidirectional: bidirectional,
      projectionSize: fixture.has("weight_hr_l0") ? fixture.shape("h0")[2] : nil)
    let problem = ReferenceProblem(
      shape: shape, steps: T, batchSize: N, lengths: fixture.has("lengths") ? fixture.integers("lengths") : nil,
      parameters: fixture.flatVector(shape, addingBiases: true), input: fixture.values("x"),
      h0: fixture.layers("h0"), c0: fixture.layers("c0"),
      dy: fixture.values("dy"), dhT: fixture.layers("dhT"), dcT: fixture.layers("dcT"))

    let outputs = problem.outputs()
    let gradient = ComplexStep.gradient(of: problem)
    let expected = fixture.flatVector(shape, prefix: "d.", addingBiases: false)
    var differences = [
      "y": relativeDifference(outputs.y, fixture.values("y")),
      "hT": relativeDifference(Array(outputs.hT.joined()), fixture.values("hT")),
      "cT": relativeDifference(Array(outputs.cT.joined()), fixture.values("cT")),
      "dx": relativeDifference(gradient.input, fixture.values("dx")),
      "dh0": relativeDifference(Array(gradient.h0.joined()), fixture.values("dh0")),
      "dc0": relativeDifference(Array(gradient.c0.joined()), fixture.values("dc0")),
    ]
    for tensor in shape.tensors {
      differences["d." + tensor.name] = relativeDifference(
        Array(gradient.parameters[tensor.range]), Array(expected[tensor.range]))
    }
    for (tensor, found) in differences.sorted(by: { $0.key < $1.key }) {
      print("oracle and PyTorch, \(name), \(tensor): \(found)")
      #expect(found < 1e-12, "\(tensor)")
    }
  }
}
