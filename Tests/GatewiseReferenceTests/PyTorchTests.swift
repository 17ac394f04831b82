import GatewiseReference
import Testing

/// The oracle against an independent implementation: outputs and every gradient of torch.nn.LSTM in float64.
@Suite struct PyTorchTests {
  @Test(arguments: [
    "lstm-l1", "lstm-l2", "lstm-l3", "packed-l2", "head-l2", "bidirectional-l2", "projection-l2",
    "bidirectional-projection-l2", "nobias-bidirectional-l1",
  ])
  func agreesWithPyTorch(_ name: String) throws {
    let fixture = try PyTorchFixture("\(name)-f64")
    let I = fixture.shape("x")[2]
    let bidirectional = fixture.has("weight_ih_l0_reverse")
    let (L, H) = (fixture.shape("c0")[0] / (bidirectional ? 2 : 1), fixture.shape("c0")[2])
    let biased = fixture.has("bias_ih_l0")
    let shape = ReferenceShape(
      inputSize: I, hiddenSizes: Array(repeating: H, count: L),
      biases: ReferenceBiases(gates: biased, cells: biased),
      outputSize: fixture.has("head.bias") ? fixture.shape("head.bias")[0] : nil, bidirectional: bidirectional,
      projectionSize: fixture.has("weight_hr_l0") ? fixture.shape("h0")[2] : nil)
    for (tensor, found) in fixture.differences(of: fixture.problem(shape, addingBiases: true)) {
      print("oracle and PyTorch, \(name), \(tensor): \(found)")
      #expect(found < 1e-12, "\(tensor)")
    }
  }

  @Test(arguments: VariantCase.all)
  func agreesWithVariants(_ test: VariantCase) throws {
    let fixture = try PyTorchFixture("variant-\(test.name)-f64")
    var worst = ("nothing", 0.0)
    for (tensor, found) in fixture.differences(of: fixture.problem(test.shape, addingBiases: false)) {
      #expect(found < 1e-12, "\(tensor)")
      if found > worst.1 { worst = (tensor, found) }
    }
    print("oracle and autograd, variant \(test.name): worst \(worst.0), \(worst.1)")
  }
}
