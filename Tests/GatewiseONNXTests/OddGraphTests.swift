import Gatewise
import Testing

@testable import GatewiseONNX

/// Legal graphs that exporters do not write: each is imported with the same computation, or refused.
@Suite("Unusual but legal graphs")
struct OddGraphTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectRefusal(_ graph: TestGraph, saying words: String...) throws {
    let path = try graph.write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "no error")")
    for word in words { #expect(error?.description.contains(word) == true, "\(word)") }
  }

  /// A graph with the node "lower" and its output y `[T, N, 3]`, or `[T, N, 6]` for two directions.
  private func graph(directions: Int = 1) -> TestGraph {
    var graph = TestGraph()
    graph.lstm(
      "lower", over: "x", directions: directions, [.text("direction", directions == 1 ? "forward" : "bidirectional")])
    for (name, list) in [
      ("zero", [0]), ("one", [1]), ("two", [2]), ("last", [-1]), ("end", [Int.max]), ("joined", [0, 0, -1]),
    ] {
      graph.list(name, list)
    }
    if directions == 1 {
      graph.node("Squeeze", ["lower", "one"], ["y"])
    } else {
      graph.node("Transpose", ["lower"], ["by sequence"], [.integers("perm", [0, 2, 1, 3])])
      graph.node("Reshape", ["by sequence", "joined"], ["y"])
    }
    return graph
  }

  @Test("Casts that change numbers, and an active dropout, are refused")
  func casts() throws {
    for (number, isRead) in [(6, false), (7, false), (1, true), (10, true), (11, true)] {
      var graph = TestGraph()
      graph.node("Cast", ["x"], ["cast"], [.integer("to", number)])
      graph.node("Cast", ["cast"], ["back"], [.integer("to", 1)])
      graph.lstm("lower", over: "back")
      graph.output("lower")
      if isRead {
        #expect(try graph.model(in: folder).configuration.inputSize == 2)
      } else {
        try expectRefusal(graph, saying: "\"the Cast\" (Cast)")
      }
    }
    var rounded = TestGraph()
    rounded.tensor("numbers", [1, 12, 2])
    rounded.node("Cast", ["numbers"], ["W"], [.integer("to", 6)])
    rounded.tensor("R", [1, 12, 3])
    rounded.node("LSTM", ["x", "W", "R"], ["y"])
    rounded.output("y")
    try expectRefusal(rounded, saying: "\"the Cast\" (Cast)")
    for isTraining in [false, true] {
      var graph = TestGraph()
      graph.proto.graph.initializer.append(
        .with {
          ($0.name, $0.dataType) = ("training", ONNXElementType.bool.rawValue)
          $0.int32Data = [isTraining ? 1 : 0]
        })
      graph.node("Dropout", ["x", "", "training"], ["dropped"])
      graph.lstm("lower", over: "dropped")
      graph.output("lower")
      if isTraining {
        try expectRefusal(graph, saying: "\"the Dropout\" (Dropout)")
      } else {
        #expect(try graph.model(in: folder).configuration.inputSize == 2)
      }
    }
  }

  @Test("Input axes merged by a reshape, and features in another order, are refused")
  func joinedAxes() throws {
    for shape in [[1, -1, 2], [-1, 1, 2]] {
      var graph = TestGraph()
      graph.list("shape", shape)
      graph.node("Reshape", ["x", "shape"], ["flat"])
      graph.lstm("lower", over: "flat")
      graph.output("lower")
      try expectRefusal(graph, saying: "\"lower\" (LSTM)", "several axes")
    }
    for (order, isRead) in [([0, 1, 2, 3], true), ([0, 1, 3, 2], false)] {
      var graph = TestGraph()
      graph.proto.graph.input[0] = .init("x", .float32, [.name("T"), .name("N"), .number(2), .number(3)])
      graph.node("Transpose", ["x"], ["turned"], [.integers("perm", order)])
      graph.list("shape", [0, 0, 6])
      graph.node("Reshape", ["turned", "shape"], ["flat"])
      graph.lstm("lower", over: "flat", inputSize: 6)
      graph.output("lower")
      if isRead {
        #expect(try graph.model(in: folder).configuration.inputSize == 6)
      } else {
        try expectRefusal(graph, saying: "\"lower\" (LSTM)", "another order")
      }
    }
  }

  @Test("An embedding that the layers do not read is ignored")
  func unusedEmbedding() throws {
    var graph = TestGraph()
    graph.proto.graph.input.append(.init("tokens", .int64, [.name("T"), .name("N")]))
    graph.tensor("table", [7, 2])
    graph.node("Gather", ["table", "tokens"], ["rows"])
    graph.lstm("lower", over: "x")
    graph.output("lower")
    let configuration = try graph.model(in: folder).configuration
    #expect(configuration.embeddingSize == nil && configuration.inputSize == 2)
  }

  @Test("A layer without an output is refused")
  func unusedLayer() throws {
    var graph = graph()
    graph.lstm("upper", over: "y", inputSize: 3)
    var lower = graph
    lower.output("y")
    try expectRefusal(lower, saying: "\"upper\" (LSTM)", "no output")
    graph.output("y", "upper_h")
    #expect(try graph.model(in: folder).configuration.hiddenSizes == [3, 3])
  }

  @Test("Outputs with only some units, or with another order, are refused")
  func outputs() throws {
    var half = graph()
    half.node("Slice", ["y", "zero", "two", "two"], ["half"])
    half.output("half")
    try expectRefusal(half, saying: "\"half\"", "only some of the units")
    var sequence = graph()
    sequence.node("Gather", ["y", "zero"], ["sequence"], [.integer("axis", 1)])
    sequence.output("sequence")
    try expectRefusal(sequence, saying: "\"sequence\"", "only some of the steps or sequences")
    var beside = TestGraph()
    beside.lstm("lower", over: "x", directions: 2, [.text("direction", "bidirectional")])
    beside.list("joined", [0, 0, -1])
    beside.node("Reshape", ["lower", "joined"], ["y"])
    beside.output("y")
    try expectRefusal(beside, saying: "\"y\"", "another order")
    var swapped = graph(directions: 2)
    swapped.list("three", [3])
    swapped.node("Slice", ["y", "three", "end", "two"], ["second"])
    swapped.node("Slice", ["y", "zero", "three", "two"], ["first"])
    swapped.node("Concat", ["second", "first"], ["swapped"], [.integer("axis", 2)])
    swapped.output("swapped")
    try expectRefusal(swapped, saying: "\"swapped\"")
    var interleaved = TestGraph()
    interleaved.lstm("lower", over: "x", directions: 2, [.text("direction", "bidirectional")])
    interleaved.node("Transpose", ["lower"], ["turned"], [.integers("perm", [0, 2, 3, 1])])
    interleaved.list("joined", [0, 0, -1])
    interleaved.node("Reshape", ["turned", "joined"], ["y"])
    interleaved.output("y")
    try expectRefusal(interleaved, saying: "\"y\"", "another order")
  }

  @Test("The last row of a readout of every step is the readout of the last step; other parts are refused")
  func parts() throws {
    func read(_ directions: Int = 1, _ part: (inout TestGraph) -> Void) -> TestGraph {
      var graph = graph(directions: directions)
      graph.tensor("W", [3 * directions, 4])
      graph.node("MatMul", ["y", "W"], ["read"])
      part(&graph)
      graph.output("part")
      return graph
    }
    let last = read { $0.node("Gather", ["read", "last"], ["part"], [.integer("axis", 0)]) }
    #expect(try last.model(in: folder).configuration.readout == .init(outputSize: 4, position: .lastStep))
    let behind = read {
      $0.node("Softmax", ["read"], ["soft"], [.integer("axis", -1)])
      $0.node("Gather", ["soft", "last"], ["part"], [.integer("axis", 0)])
    }
    #expect(try behind.model(in: folder).configuration.readout?.position == .lastStep)
    try expectRefusal(
      read(2) { $0.node("Gather", ["read", "last"], ["part"], [.integer("axis", 0)]) }, saying: "last row", "Y_h")
    try expectRefusal(
      read { $0.node("Gather", ["read", "zero"], ["part"], [.integer("axis", 0)]) }, saying: "\"part\"", "a part of")
    try expectRefusal(
      read { $0.node("Slice", ["read", "zero", "two", "two"], ["part"]) }, saying: "\"part\"", "only some of the units")
    // The sum of the halves of one map is not a sum of maps.
    try expectRefusal(
      read {
        $0.node("Slice", ["read", "zero", "two", "two"], ["a"])
        $0.node("Slice", ["read", "two", "end", "two"], ["b"])
        $0.node("Add", ["a", "b"], ["part"])
      }, saying: "\"the Add\" (Add)")
  }

  @Test("A bias or a Softmax along an axis other than the outputs is refused")
  func otherAxis() throws {
    for kind in ["Add", "Softmax"] {
      var graph = TestGraph()
      // As many steps as outputs, so that the extents do not distinguish the axes.
      graph.proto.graph.input[0] = .init("x", .float32, [.number(4), .name("N"), .number(2)])
      graph.lstm("lower", over: "x")
      graph.list("one", [1])
      graph.node("Squeeze", ["lower", "one"], ["y"])
      graph.tensor("W", [3, 4])
      graph.tensor("b", [4])
      graph.node("MatMul", ["y", "W"], ["read"])
      graph.node("Transpose", ["read"], ["turned"], [.integers("perm", [2, 1, 0])])
      graph.node(kind, kind == "Add" ? ["turned", "b"] : ["turned"], ["result"])
      graph.output("result")
      try expectRefusal(graph, saying: "\"result\"", "\"the \(kind)\" (\(kind))")
    }
  }

  @Test("Initial states in another order than the layers, or mixed with constants, are refused")
  func states() throws {
    func stack(_ rows: [(Int, Int)]) -> TestGraph {
      var graph = graph()
      graph.proto.graph.input.append(.init("h0", .float32, [.number(2), .name("N"), .number(3)]))
      for (layer, (first, end)) in rows.enumerated() {
        graph.list("first \(layer)", [first])
        graph.list("end \(layer)", [end])
        graph.node("Slice", ["h0", "first \(layer)", "end \(layer)", "zero"], ["h \(layer)"])
      }
      graph.proto.graph.node[0].input += ["", "", "h 0"]
      // The nodes are in topological order.
      let lower = graph.proto.graph.node.removeFirst()
      let squeeze = graph.proto.graph.node.removeFirst()
      graph.proto.graph.node += [lower, squeeze]
      graph.lstm("upper", over: "y", inputSize: 3, more: ["", "", "h 1"])
      graph.output("upper")
      return graph
    }
    #expect(try stack([(0, 1), (1, 2)]).model(in: folder).configuration.hiddenSizes == [3, 3])
    try expectRefusal(stack([(1, 2), (0, 1)]), saying: "\"lower\" (LSTM)", "row 1 of \"h0\"", "row 0")
    try expectRefusal(stack([(0, 1), (0, 1)]), saying: "\"upper\" (LSTM)", "row 0 of \"h0\"", "row 1")
    var mixed = TestGraph()
    mixed.proto.graph.input.append(.init("h0", .float32, [.number(1), .name("N"), .number(3)]))
    mixed.tensor("c0", [1, 1, 3])
    mixed.lstm("lower", over: "x", more: ["", "", "h0", "c0"])
    mixed.output("lower")
    try expectRefusal(mixed, saying: "\"lower\" (LSTM)", "stored in the file")
    var wide = TestGraph()
    wide.proto.graph.input.append(.init("h0", .float32, [.number(1), .name("N"), .number(4)]))
    wide.lstm("lower", over: "x", more: ["", "", "h0"])
    wide.output("lower")
    try expectRefusal(wide, saying: "[1, ?, 4]", "[1, batch, 3]")
    var itself = TestGraph(inputSize: 3)
    itself.lstm("lower", over: "x", inputSize: 3, more: ["", "", "x"])
    itself.output("lower")
    try expectRefusal(itself, saying: "the graph's input \"x\" as its initial_h")
  }

  @Test("Constant lengths are accepted if they cover all steps, and refused otherwise")
  func lengths() throws {
    func read(_ lengths: [Int]) -> TestGraph {
      var graph = TestGraph()
      graph.proto.graph.input[0] = .init("x", .float32, [.number(4), .number(2), .number(2)])
      graph.list("lengths", lengths)
      graph.lstm("lower", over: "x", more: ["", "lengths"])
      graph.output("lower")
      return graph
    }
    #expect(try read([4, 4]).model(in: folder).configuration.hiddenSizes == [3])
    for lengths in [[4, 3], [4], [4, 4, 4], []] {
      try expectRefusal(read(lengths), saying: "\"lengths\", the constant \(lengths), as its sequence_lens")
    }
  }
}
