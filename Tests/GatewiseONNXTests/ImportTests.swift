import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Import of ONNX graphs")
struct ImportTests {
  @Test(
    "Graphs of PyTorch's exporters and of tf2onnx, and single nodes, give the outputs of their source",
    arguments: ONNXFixture.exports + ONNXFixture.learned + ONNXFixture.keras + ONNXFixture.nodes)
  func agrees(_ name: String) throws {
    let fixture = try ONNXFixture(name)
    let file = try ONNXFile(contentsOf: fixture.graphPath)
    #expect(file.dataType == (name == "script-double" ? .float64 : .float32))
    let difference: Double
    let tolerance: Double
    switch file.dataType {
    case .float32:
      let graph = try file.graph(as: Float.self)
      (difference, tolerance) = (try fixture.difference(graph.model(), graph.outputFunction), 2e-6)
    case .float64:
      let graph = try file.graph(as: Double.self)
      (difference, tolerance) = (try fixture.difference(graph.model(), graph.outputFunction), 1e-12)
    }
    print("\(name) (\(file.producer)): greatest difference \(difference)")
    #expect(difference <= tolerance)
  }

  @Test("The nodes around the layers are described")
  func description() throws {
    func graph(_ name: String) throws -> ONNXGraph<Float> {
      try ONNXFile(contentsOf: ONNXFixture(name).graphPath).graph()
    }
    let tokens = try graph("script-tokens")
    #expect(tokens.embedding?.inputName == "x" && tokens.embedding?.takesIndices == true)
    #expect(tokens.embedding?.table.shape == [7, 3] && tokens.outputFunction == .sigmoid)
    #expect(tokens.layers[0].cells[0].inputBias == nil && tokens.layers[0].input == .embedding)
    #expect(tokens.layers[0].cells[0].initialHidden == .input("h0", row: 0))
    #expect(try tokens.model().configuration.biases == Biases(gates: false, cells: false, outputs: true))
    let both = try graph("script-bidirectional-head")
    #expect(both.layers.map(\.direction) == [.bidirectional, .bidirectional] && both.outputFunction == .softmax)
    #expect(both.layers[1].input == .layer(0) && both.layers[1].inputSize == 8 && both.readout?.position == .everyStep)
    #expect(try graph("script-last").readout?.position == .finalState)
    #expect(try graph("script-states").readout?.position == .finalState)
    #expect(try graph("script-stack").readout == nil)
    let node = try graph("node-functions")
    #expect(node.layers[0].cells[1].gateActivation == ONNXActivation(.hardSigmoid, alpha: 0.25, beta: 0.4))
    #expect(node.layers[0].cells[0].inputActivation == ONNXActivation(.scaledTanh, alpha: 1.5, beta: 0.75))
    #expect(node.layers[0].cells[0].outputActivation == ONNXActivation(.leakyRelu, alpha: 0.02))
    #expect(try graph("node-lengths").layers[0].sequenceLengthsName == "lengths")
    #expect(try graph("node-batch-first").layers[0].isBatchFirst)
    #expect(try graph("node-coupled").layers[0].couplesInputAndForget)
    #expect(try graph("node-clip").layers[0].clip == 0.9)
  }

  @Test("Functions without scaling values have the specification's defaults")
  func defaults() throws {
    #expect(ONNXActivation(.leakyRelu).alpha == 0.01 && ONNXActivation(.elu).alpha == 1)
    #expect(ONNXActivation(.hardSigmoid) == ONNXActivation(.hardSigmoid, alpha: 0.2, beta: 0.5))
    #expect(ONNXActivation(.thresholdedRelu).alpha == 1 && ONNXActivation(.tanh, alpha: 3).alpha == 0)
    for kind in ONNXActivation.Kind.allCases {
      #expect(Activation(ONNXActivation(kind)).onnx == ONNXActivation(kind))
      #expect(ONNXActivation.Kind(name: kind.rawValue.uppercased()) == kind)
    }
    // Those of one name: 1·x + 0 is the identity.
    for activation in Activation.allCases where activation != .affine(alpha: 1, beta: 0) {
      #expect(activation.throughONNX == activation)
    }
  }
}
