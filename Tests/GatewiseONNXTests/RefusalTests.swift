import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Graphs that Gatewise cannot represent")
struct RefusalTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectRefusal(_ graph: TestGraph, saying words: String...) throws {
    let path = try graph.write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    #expect(error?.description.hasPrefix(path) == true)
    for word in words { #expect(error?.description.contains(word) == true, "\(word)") }
  }

  @Test("A single reverse direction, and activations or options that differ")
  func layers() throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x", [.text("direction", "reverse")])
    graph.output("lower")
    try expectRefusal(graph, saying: "\"lower\" (LSTM)", "reverse")
    graph = TestGraph()
    graph.lstm(
      "lower", over: "x", directions: 2,
      [
        .text("direction", "bidirectional"),
        .texts("activations", ["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Relu", "Tanh"]),
      ])
    graph.output("lower")
    try expectRefusal(graph, saying: "\"lower\" (LSTM)", "differ")
    graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.list("one", [1])
    graph.node("Squeeze", ["lower", "one"], ["y"])
    graph.lstm("upper", over: "y", inputSize: 3, [.integer("input_forget", 1)])
    graph.output("upper")
    try expectRefusal(graph, saying: "\"upper\" (LSTM)", "input_forget", "\"lower\"")
  }

  @Test("Unsupported operators in between, and readouts of other values")
  func between() throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.list("one", [1])
    graph.node("Squeeze", ["lower", "one"], ["y"])
    graph.node("Relu", ["y"], ["bent"])
    var stacked = graph
    stacked.lstm("upper", over: "bent", inputSize: 3)
    stacked.output("upper")
    try expectRefusal(stacked, saying: "\"upper\" (LSTM)", "\"the Relu\" (Relu)")
    var read = graph
    read.tensor("W", [3, 2])
    read.node("MatMul", ["bent", "W"], ["read"])
    read.output("read")
    try expectRefusal(read, saying: "output \"read\"", "\"the Relu\" (Relu)")
    // What nothing needs does not matter.
    graph.output("y")
    #expect(
      try graph.model(in: folder).configuration
        == .init(inputSize: 2, hiddenSizes: [3], biases: .init(gates: false, cells: false, outputs: true)))
    var twice = TestGraph()
    twice.lstm("lower", over: "x")
    twice.list("one", [1])
    twice.node("Squeeze", ["lower", "one"], ["y"])
    twice.lstm("beside", over: "x")
    twice.output("y")
    try expectRefusal(twice, saying: "\"beside\"", "only the lowest layer")
  }

  @Test("Rows in another order, steps along the batch, and a last row that is not the final state")
  func axes() throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.list("one", [1])
    graph.node("Squeeze", ["lower", "one"], ["y"])
    graph.node("Transpose", ["y"], ["turned"], [.integers("perm", [1, 0, 2])])
    graph.lstm("upper", over: "turned", inputSize: 3)
    graph.output("upper")
    try expectRefusal(graph, saying: "\"upper\" (LSTM)", "another axis", "\"lower\"")
    graph = TestGraph()
    graph.lstm("lower", over: "x", directions: 2, [.text("direction", "bidirectional")])
    graph.node("Transpose", ["lower"], ["y"], [.integers("perm", [0, 2, 3, 1])])
    graph.list("shape", [0, 0, -1])
    graph.node("Reshape", ["y", "shape"], ["interleaved"])
    var read = graph
    read.tensor("W", [6, 2])
    read.node("MatMul", ["interleaved", "W"], ["read"])
    read.output("read")
    try expectRefusal(read, saying: "\"the MatMul\" (MatMul)")
    graph.lstm("upper", over: "interleaved", inputSize: 6)
    graph.output("upper")
    try expectRefusal(graph, saying: "\"upper\" (LSTM)", "another order")
    graph = TestGraph()
    graph.lstm("lower", over: "x", directions: 2, [.text("direction", "bidirectional")])
    graph.node("Transpose", ["lower"], ["by sequence"], [.integers("perm", [0, 2, 1, 3])])
    graph.list("shape", [0, 0, -1])
    graph.node("Reshape", ["by sequence", "shape"], ["y"])
    graph.list("last", [-1])
    graph.node("Gather", ["y", "last"], ["row"], [.integer("axis", 0)])
    graph.tensor("W", [6, 2])
    graph.node("MatMul", ["row", "W"], ["read"])
    graph.output("read")
    try expectRefusal(graph, saying: "\"the MatMul\" (MatMul)", "last row", "Y_h")
  }

  @Test("Weights of wrong shapes, unknown names, states that differ between sequences")
  func nodes() throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x", [.integer("hidden_size", 1 << 40)])
    try expectRefusal(graph, saying: "hidden_size 1099511627776", "[1, 12, 3]")
    graph = TestGraph()
    graph.tensor("B", [1, 23])
    graph.lstm("lower", over: "x", more: ["B"])
    try expectRefusal(graph, saying: "B of the shape [1, 23]", "[1, 24]")
    graph = TestGraph()
    graph.lstm("lower", over: "x", [.texts("activations", ["Sigmoid", "Tanh", "Swish"])])
    try expectRefusal(graph, saying: "unknown activation \"Swish\"")
    graph = TestGraph()
    graph.lstm("lower", over: "x", [.number("clip", -1)])
    try expectRefusal(graph, saying: "clip -1.0")
    for name in ["layout", "input_forget"] {
      graph = TestGraph()
      graph.lstm("lower", over: "x", [.integer(name, 7)])
      try expectRefusal(graph, saying: "the \(name) 7", "0 or 1 is expected")
    }
    graph = TestGraph()
    graph.lstm("lower", over: "x", [.integer("clip", 1)])
    try expectRefusal(graph, saying: "another type", "clip")
    graph = TestGraph()
    graph.lstm("lower", over: "x", [.integer("proj_size", 1)])
    try expectRefusal(graph, saying: "the attribute \"proj_size\"")
    graph = TestGraph()
    graph.lstm(
      "lower", over: "x",
      [.texts("activations", ["HardSigmoid", "Tanh", "Tanh"]), .numbers("activation_alpha", [0.2, 0, 0])])
    try expectRefusal(graph, saying: "3 activation_alpha")
    for (name, alphas) in [("ScaledTanh", [1.5]), ("Affine", []), ("ThresholdedRelu", [])] {
      graph = TestGraph()
      graph.lstm(
        "lower", over: "x", [.texts("activations", ["Sigmoid", name, "Tanh"]), .numbers("activation_alpha", alphas)])
      try expectRefusal(graph, saying: name, "activation_alpha", "ONNX Runtime")
    }
    graph = TestGraph()
    graph.tensor("h", [1, 2, 3])
    graph.lstm("lower", over: "x", more: ["", "", "h"])
    try expectRefusal(graph, saying: "different initial_h")
    graph = TestGraph()
    graph.lstm("lower", over: "missing")
    try expectRefusal(graph, saying: "\"missing\"", "no earlier node")
    graph = TestGraph()
    graph.node("Identity", ["x"], ["y"])
    graph.output("y")
    try expectRefusal(graph, saying: "no LSTM node")
  }

  @Test("Weights with NaN")
  func notFinite() throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.proto.graph.initializer[0].floatData[3] = .nan
    graph.output("lower")
    try expectRefusal(graph, saying: "\"lower\" (LSTM)", "NaN", "weight_ih_l0")
  }
}
