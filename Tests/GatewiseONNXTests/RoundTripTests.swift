import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Round trips of models through ONNX")
struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What ONNX can express, every option at least once.
  static let configurations: [LSTMConfiguration] = [
    .init(inputSize: 2, hiddenSizes: [3]),
    .init(inputSize: 2, hiddenSizes: [3, 3, 3], readout: .init(outputSize: 2)),
    .init(
      inputSize: 2, hiddenSizes: [4, 3], isBidirectional: true, readout: .init(outputSize: 2, position: .lastStep)),
    .init(inputSize: 2, hiddenSizes: [3, 4], peepholes: true, readout: .init(outputSize: 1, position: .lastStep)),
    .init(
      inputSize: 2, hiddenSizes: [3, 3], isBidirectional: true, cell: .init(gating: .keepInput), peepholes: true,
      learnsInitialState: true),
    .init(inputSize: 5, hiddenSizes: [3], embeddingSize: 2, readout: .init(outputSize: 5, seesInput: true)),
    .init(inputSize: 2, hiddenSizes: [3], cell: .lstm2000(), biases: .none, readout: .init(outputSize: 2)),
    .init(
      inputSize: 2, hiddenSizes: [3, 2], cell: .lstm2002(), peepholes: true,
      biases: .init(gates: true, cells: false, outputs: true), learnsInitialState: true, readout: .init(outputSize: 2)),
    .init(
      inputSize: 2, hiddenSizes: [3],
      cell: .init(
        gating: .keepInput, gateActivation: .hardSigmoid(alpha: 0.2, beta: 0.5),
        inputActivation: .scaledTanh(alpha: 1.7, beta: 2.0 / 3), outputActivation: .elu(alpha: 0.3),
        preActivationClip: 3.3),
      regularization: .init(betweenLayers: 0.25)),
    .init(
      inputSize: 1, hiddenSizes: [1], isBidirectional: true,
      cell: .init(inputActivation: .softplus, outputActivation: .leakyReLU(alpha: 0.01)),
      readout: .init(outputSize: 1, seesInput: true)),
  ]

  @Test("Round trips are exact in both types, with every option", arguments: configurations.indices, [false, true])
  func exact(_ index: Int, _ takesLengths: Bool) throws {
    try exact(index, Float.self, takesLengths)
    try exact(index, Double.self, takesLengths)
  }

  private func exact<S: Scalar>(_ index: Int, _: S.Type, _ takesLengths: Bool) throws {
    let model = try LSTM<S>(Self.configurations[index], seed: UInt64(index) + 1).jittered()
    let path = folder.file("model.onnx")
    try model.writeONNX(to: path, takesLengths: takesLengths, extras: ["vocabulary": "abc"])
    let file = try ONNXFile(contentsOf: path)
    #expect(file.dataType == S.dataType && file.producer == "gatewise")
    let graph = try file.graph(as: S.self)
    #expect(graph.extras == ["vocabulary": "abc"])
    #expect(graph.layers[0].sequenceLengthsName == (takesLengths ? "lengths" : nil))
    let read = try graph.model()
    #expect(read.configuration == model.configuration)
    #expect(read.parameters.map(\.bits) == model.parameters.map(\.bits))
  }

  @Test("Outputs are the same without Gatewise's metadata", arguments: configurations.indices)
  func withoutNote(_ index: Int) throws {
    let model = try LSTM<Double>(Self.configurations[index], seed: UInt64(index) + 1).jittered()
    try model.writeONNX(to: folder.file("model.onnx"))
    var graph = try ONNXFile(contentsOf: folder.file("model.onnx")).graph(as: Double.self)
    graph.metadata = [:]
    let read = try graph.model()
    var stream = RandomStream(seed: 5, name: "x")
    let shape = [4, 2, model.configuration.inputSize]
    let x = try Tensor(
      shape: shape, elements: (0..<shape.reduce(1, *)).map { _ in stream.uniform(in: -1...1) as Double })
    let (a, b) = (try model.forward(x), try read.forward(x))
    let difference = greatestDifference(a.output.elements, b.output.elements)
    print("configuration \(index) without metadata: difference \(difference)")
    // Parameters of functions have single precision in the file.
    #expect(difference <= 1e-7)
    #expect(greatestDifference(a.finalState.cell.flatMap(\.elements), b.finalState.cell.flatMap(\.elements)) <= 1e-7)
  }

  @Test("Metadata of another graph is ignored")
  func otherNote() throws {
    let model = try LSTM<Float>(.init(inputSize: 2, hiddenSizes: [3]), seed: 1)
    try model.writeONNX(to: folder.file("model.onnx"))
    var graph = try ONNXFile(contentsOf: folder.file("model.onnx")).graph(as: Float.self)
    for other in [
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4]), .init(inputSize: 2, hiddenSizes: [3], peepholes: true),
      .init(inputSize: 2, hiddenSizes: [3], biases: .none),
    ] {
      graph.metadata = ["gatewise": ModelMetadata(configuration: other, extras: [:]).json]
      #expect(try graph.model().configuration == model.configuration)
    }
    graph.metadata = ["gatewise": "{"]
    #expect(try graph.model().parameters == model.parameters)
  }

  @Test("The two biases are added", arguments: [0, 1])
  func biases(_ direction: Int) throws {
    var graph = TestGraph()
    graph.tensor("B", [2, 24])
    graph.lstm("cells", over: "x", directions: 2, [.text("direction", "bidirectional")], more: ["B"])
    graph.output("cells")
    let file = try ONNXFile(contentsOf: graph.write(in: folder))
    let cell = try file.graph(as: Float.self).layers[0].cells[direction]
    let b = graph.proto.graph.initializer[0].floatData
    let model = try file.model(as: Float.self)
    let name = direction == 0 ? "bias_ih_l0" : "bias_ih_l0_reverse"
    let found = try model.tensor(name).elements
    for (gate, place) in [0, 2, 3, 1].enumerated() {
      for unit in 0..<3 {
        let from = direction * 24 + place * 3 + unit
        #expect(found[gate * 3 + unit] == b[from] + b[from + 12])
        #expect(cell.inputBias?[gate * 3 + unit] == b[from] && cell.recurrentBias?[gate * 3 + unit] == b[from + 12])
      }
    }
  }

  @Test("Options that ONNX cannot express are refused by name", arguments: refusals)
  func refused(configuration: LSTMConfiguration, words: String) throws {
    let model = try LSTM<Float>(configuration, seed: 1)
    let error = #expect(throws: GatewiseError.self) { try model.writeONNX(to: folder.file("model.onnx")) }
    print("refused: \(error?.description ?? "")")
    #expect(error?.description.contains(words) == true)
  }
}

private let refusals: [(LSTMConfiguration, String)] = [
  (.init(inputSize: 2, hiddenSizes: [4], projection: .init(size: 2)), "a projection"),
  (.init(inputSize: 2, hiddenSizes: [4], normalization: .gates), "layer normalization"),
  (.init(inputSize: 2, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2)), "memory blocks of 2 cells"),
  (.init(inputSize: 2, hiddenSizes: [4], cell: .lstm1997(gateRecurrence: true)), "gateRecurrence"),
  (.init(inputSize: 2, hiddenSizes: [4], cell: .init(gating: .inputOnly)), "without a forget gate"),
  (.init(inputSize: 2, hiddenSizes: [4], cell: .init(gating: .keepForget)), "keep-forget"),
  (.init(inputSize: 2, hiddenSizes: [4], cell: .init(cellClip: 3)), "cellClip"),
  (.init(inputSize: 2, hiddenSizes: [4, 4], isResidual: true), "residual"),
  (.init(inputSize: 2, hiddenSizes: [4], regularization: .init(zoneoutCell: 0.1)), "zoneout"),
]

extension LSTM {
  /// Learned states begin at zero: here every parameter is nonzero or a negative zero.
  fileprivate func jittered() throws -> LSTM {
    var stream = RandomStream(seed: 9, name: "jitter")
    var numbers = parameters.map { $0 + S(stream.uniform(in: -0.1...0.1) as Double) }
    for entry in layout.entries where entry.role == .bias { numbers[entry.offset] = -0.0 }
    return try LSTM(configuration, parameters: numbers)
  }
}

extension Scalar {
  fileprivate var bits: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }
}
