import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Errors name the unsupported input of an LSTM node")
struct SentenceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sentence(_ graph: TestGraph) throws -> String {
    let path = try graph.write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    return error?.description ?? ""
  }

  /// A graph with the node "lower" and its output y `[T, N, 3]`.
  private var stacked: TestGraph {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.list("one", [1])
    graph.node("Squeeze", ["lower", "one"], ["y"])
    return graph
  }

  @Test("Five causes have five different errors")
  func five() throws {
    var linear = stacked
    linear.tensor("W", [3, 3])
    linear.node("MatMul", ["y", "W"], ["mapped"])
    linear.lstm("upper", over: "mapped", inputSize: 3)
    linear.output("upper")
    var weights = TestGraph()
    weights.proto.graph.input.append(.init("W", .float32, [.number(1), .number(12), .number(2)]))
    weights.tensor("R", [1, 12, 3])
    weights.node("LSTM", ["x", "W", "R"], ["y"])
    weights.output("y")
    var lengths = TestGraph()
    lengths.list("lengths", [3, 2])
    lengths.lstm("lower", over: "x", more: ["", "lengths"])
    lengths.output("lower")
    var slice = TestGraph(inputSize: 4)
    for (name, number) in [("zero", 0), ("two", 2)] { slice.list(name, [number]) }
    slice.node("Slice", ["x", "zero", "two", "two"], ["half"])
    slice.lstm("lower", over: "half")
    slice.output("lower")
    var handedOver = TestGraph()
    handedOver.lstm("encoder", over: "x")
    handedOver.lstm("decoder", over: "x", more: ["", "", "encoder_h", "encoder_c"])
    handedOver.output("decoder")
    let sentences = try [
      sentence(linear), sentence(weights), sentence(lengths), sentence(slice), sentence(handedOver),
    ]
    for (sentence, words) in zip(
      sentences,
      [
        ["\"upper\" (LSTM)", "\"mapped\", the output of the linear layer node \"the MatMul\" (MatMul)", "input X"],
        ["(LSTM)", "the graph's input \"W\" as its W", "initializers"],
        ["\"lower\" (LSTM)", "the constant [3, 2], as its sequence_lens", "int32 [N]"],
        ["\"lower\" (LSTM)", "\"half\", a part, taken by a slice, of the graph's input \"x\", as its input X"],
        ["\"decoder\" (LSTM)", "the final state Y_h of node \"encoder\" (LSTM), as its initial_h", "states as inputs"],
      ])
    {
      for word in words { #expect(sentence.contains(word), "\(word)") }
    }
    #expect(Set(sentences).count == 5)
  }

  @Test("The error names the first node of an unsupported chain")
  func chain() throws {
    var graph = stacked
    graph.node("Erf", ["y"], ["bent"])
    graph.node("Tanh", ["bent"], ["more bent"])
    graph.tensor("b", [3])
    graph.node("Add", ["more bent", "b"], ["sum"])
    graph.output("sum")
    let sentence = try sentence(graph)
    #expect(sentence.contains("output \"sum\" comes from node \"the Erf\" (Erf), which Gatewise does not support"))
  }

  @Test("Integers, states and constants as X, and axes that depend on an input")
  func others() throws {
    var tokens = TestGraph()
    tokens.proto.graph.input[0].type.tensorType.elemType = ONNXElementType.int64.rawValue
    tokens.lstm("lower", over: "x")
    #expect(try sentence(tokens).contains("the integers of the graph's input \"x\""))
    var shapeless = TestGraph()
    shapeless.proto.graph.input[0].type.tensorType.clearShape()
    shapeless.lstm("lower", over: "x")
    #expect(try sentence(shapeless).contains("\"x\", whose shape the file does not give"))
    var state = TestGraph()
    state.lstm("lower", over: "x")
    state.lstm("upper", over: "lower_h", inputSize: 3)
    #expect(try sentence(state).contains("the final state Y_h of node \"lower\" (LSTM)"))
    var constant = TestGraph()
    constant.tensor("numbers", [4, 1, 2])
    constant.lstm("lower", over: "numbers")
    #expect(try sentence(constant).contains("constant numbers of the shape [4, 1, 2]"))
    var starts = TestGraph()
    starts.node("Shape", ["x"], ["start"])
    starts.list("ends", [9, 9, 9])
    starts.node("Slice", ["x", "start", "ends"], ["rest"])
    #expect(try sentence(starts).contains("\"start\", numbers that depend on the shape of an input, as its starts"))
  }
}
