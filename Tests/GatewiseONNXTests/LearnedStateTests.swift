import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Learned initial states of ONNX graphs")
struct LearnedStateTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "Outputs differ without them, with h and c exchanged, or with rows in another order",
    arguments: ONNXFixture.learned)
  func matters(_ name: String) throws {
    let fixture = try ONNXFixture(name)
    let model = try LSTM<Float>(onnx: fixture.graphPath)
    #expect(model.configuration.learnsInitialState)
    let (hidden, cell) = (model.rows(.initialHidden), model.rows(.initialCell))
    #expect(hidden.count == cell.count && hidden.count >= 2)
    let zeros = hidden.map { $0.map { _ in Float(0) } }
    for (change, h, c) in [
      ("no h", zeros, cell), ("no c", hidden, zeros), ("exchanged", cell, hidden),
      ("h upside down", hidden.reversed(), cell), ("c upside down", hidden, cell.reversed()),
    ] {
      let difference = try fixture.difference(model.with(h, c), nil)
      print("\(name), \(change): \(difference)")
      #expect(difference > 0.01)
    }
    #expect(try fixture.difference(model.with(hidden, cell), nil) <= 2e-6)
  }

  /// A graph with h `[1, 1, 3]`, `others`, and the numbers of sequences and of steps as shapes of one element.
  private func graph(_ others: (name: String, shape: [Int])...) -> TestGraph {
    var graph = TestGraph()
    for (name, shape) in [("h", [1, 1, 3])] + others { graph.tensor(name, shape) }
    for (name, number) in [("zero", 0), ("one", 1), ("two", 2), ("three", 3)] { graph.list(name, [number]) }
    graph.node("Shape", ["x"], ["all"])
    graph.node("Slice", ["all", "one", "two"], ["sequences"])
    graph.node("Slice", ["all", "zero", "one"], ["steps"])
    return graph
  }

  private func numbers(_ graph: TestGraph, _ name: String) -> [Float] {
    graph.proto.graph.initializer.first { $0.name == name }?.floatData ?? []
  }

  @Test("States that are concatenated, sliced, and transposed for nodes with the batch first")
  func rearranged() throws {
    var graph = graph(("c", [1, 1, 3]))
    graph.node("Concat", ["one", "sequences", "one"], ["counts"], [.integer("axis", 0)])
    graph.node("Tile", ["h", "counts"], ["every h"])
    graph.node("Tile", ["c", "counts"], ["every c"])
    graph.node("Concat", ["every c", "every h"], ["both"], [.integer("axis", 0)])
    graph.node("Slice", ["both", "one", "two", "zero"], ["the h"])
    graph.node("Slice", ["both", "zero", "one", "zero"], ["the c"])
    graph.lstm("lower", over: "x", more: ["", "", "the h", "the c"])
    graph.output("lower")
    let model = try graph.model(in: folder)
    #expect(model.rows(.initialHidden) == [numbers(graph, "h")] && model.rows(.initialCell) == [numbers(graph, "c")])
    graph = self.graph(("c", [2, 1, 3]))
    graph.node("Concat", ["two", "steps", "three"], ["shape"], [.integer("axis", 0)])
    graph.node("Expand", ["c", "shape"], ["every c"])
    // With the batch first, the first axis of x is that of the sequences.
    graph.node("Transpose", ["every c"], ["turned"], [.integers("perm", [1, 0, 2])])
    graph.lstm(
      "lower", over: "x", directions: 2, [.integer("layout", 1), .text("direction", "bidirectional")],
      more: ["", "", "", "turned"])
    graph.output("lower")
    let both = try graph.model(in: folder)
    #expect(both.rows(.initialCell).flatMap(\.self) == numbers(graph, "c"))
    #expect(both.rows(.initialHidden) == [[0, 0, 0], [0, 0, 0]])
  }

  @Test("Zeros for every sequence of the batch are not a learned state")
  func zeros() throws {
    var graph = graph()
    graph.node("Concat", ["one", "sequences", "three"], ["shape"], [.integer("axis", 0)])
    graph.node("ConstantOfShape", ["shape"], ["zeros"])
    graph.lstm("lower", over: "x", more: ["", "", "zeros", "zeros"])
    graph.output("lower")
    #expect(try !graph.model(in: folder).configuration.learnsInitialState)
  }

  @Test("Zeros of another shape are refused, for example those of PyTorch's export of an LSTM with proj_size")
  func zerosOfAnotherShape() throws {
    for (shape, found) in [
      (["one", "sequences", "five"], ["[1, batch, 5]", "[1, batch, 3]", "proj_size", "safetensors"]),
      (["two", "sequences", "three"], ["[2, batch, 3]", "[1, batch, 3]", "initial_c"]),
      (["one", "steps", "three"], ["initial_c", "an axis other than"]),
      (["one", "three"], ["[1, 3]", "[1, batch, 3]"]),
    ] {
      var graph = graph()
      graph.list("five", [5])
      graph.node("Concat", shape, ["shape"], [.integer("axis", 0)])
      graph.node("ConstantOfShape", ["shape"], ["zeros"])
      graph.lstm("lower", over: "x", more: ["", "", "", "zeros"])
      graph.output("lower")
      let path = try graph.write(in: folder)
      let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
      print("refused: \(error?.description ?? "")")
      for word in found { #expect(error?.description.contains(word) == true, "\(word)") }
    }
    let path = try ONNXFixture.path("dynamo-projected")
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    for word in ["[1, 2, 5]", "[1, 2, 2]", "proj_size", "state_dict()"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
  }

  private func expectRefusal(_ graph: TestGraph, state: String, saying words: String...) throws {
    var graph = graph
    graph.lstm("lower", over: "x", more: ["", "", state])
    graph.output("lower")
    let path = try graph.write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    for word in words + ["\"lower\" (LSTM)"] { #expect(error?.description.contains(word) == true, "\(word)") }
  }

  @Test("States repeated along another axis, of another shape, or dependent on the input are refused")
  func refusals() throws {
    for shape in [["sequences", "one", "three"], ["one", "steps", "three"], ["one", "one", "sequences"]] {
      var graph = graph(("u", [1, 1, 1]))
      graph.node("Concat", shape, ["shape"], [.integer("axis", 0)])
      graph.node("Expand", [shape[2] == "three" ? "h" : "u", "shape"], ["state"])
      try expectRefusal(graph, state: "state", saying: "initial_h", "an axis other than")
    }
    try expectRefusal(graph(("two rows", [2, 1, 3])), state: "two rows", saying: "[2, 1, 3]", "[1, batch, 3]")
    try expectRefusal(graph(("wide", [1, 1, 4])), state: "wide", saying: "[1, 1, 4]", "[1, batch, 3]")
    try expectRefusal(graph(("flat", [1, 3])), state: "flat", saying: "[1, 3]", "[1, batch, 3]")
    var tiled = graph()
    tiled.node("Concat", ["one", "one", "sequences"], ["counts"], [.integer("axis", 0)])
    tiled.node("Tile", ["h", "counts"], ["state"])
    try expectRefusal(tiled, state: "state", saying: "\"the Tile\" (Tile)")
    var computed = graph(("W", [2, 3]))
    computed.node("MatMul", ["x", "W"], ["state"])
    try expectRefusal(computed, state: "state", saying: "\"state\"")
    // Whether there are three sequences is unknown without an input.
    var undecided = graph()
    undecided.node("Equal", ["sequences", "three"], ["is three"])
    undecided.node("Where", ["is three", "one", "sequences"], ["count"])
    undecided.node("Concat", ["one", "count", "three"], ["shape"], [.integer("axis", 0)])
    undecided.node("Expand", ["h", "shape"], ["state"])
    try expectRefusal(undecided, state: "state", saying: "\"the Equal\" (Equal)")
  }
}

extension LSTM {
  /// The rows of `h0` or `c0`, one for every layer and direction.
  fileprivate func rows(_ role: ParameterLayout.Role) -> [[S]] {
    layout.entries.filter { $0.role == role }.map { Array(parameters[$0.range]) }
  }

  /// Returns the model with other initial states.
  fileprivate func with(_ hidden: [[S]], _ cell: [[S]]) throws -> LSTM {
    var numbers = parameters
    for (role, rows) in [(ParameterLayout.Role.initialHidden, hidden), (.initialCell, cell)] {
      for (entry, row) in zip(layout.entries.filter { $0.role == role }, rows) {
        numbers.replaceSubrange(entry.range, with: row)
      }
    }
    return try LSTM(configuration, parameters: numbers)
  }
}
