import Foundation
import Gatewise

@testable import GatewiseONNX

/// Graphs that tests build node by node.
struct TestGraph {
  var proto = ONNXModelProto.with {
    $0.opsetImport = [.with { $0.version = 14 }]
    $0.irVersion = 8
  }

  /// Creates a graph with the input x `[T, N, I]`.
  init(inputSize: Int = 2) {
    proto.graph.input = [.init("x", .float32, [.name("T"), .name("N"), .number(inputSize)])]
  }

  mutating func tensor(_ name: String, _ shape: [Int], seed: UInt64 = 1) {
    var stream = RandomStream(seed: seed, name: name)
    let numbers = (0..<shape.reduce(1, *)).map { _ in Float(stream.uniform(in: -1...1) as Double) }
    proto.graph.initializer.append(
      .with {
        ($0.name, $0.dataType, $0.dims) = (name, 1, shape.map { Int64($0) })
        $0.floatData = numbers
      })
  }

  mutating func list(_ name: String, _ numbers: [Int]) {
    proto.graph.initializer.append(
      .with {
        ($0.name, $0.dataType, $0.dims) = (name, 7, [Int64(numbers.count)])
        $0.int64Data = numbers.map { Int64($0) }
      })
  }

  mutating func node(
    _ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: [ONNXAttributeProto] = []
  ) {
    proto.graph.node.append(
      .with {
        ($0.opType, $0.name, $0.input, $0.output) = (kind, "the \(kind)", inputs, outputs)
        $0.attribute = attributes
      })
  }

  /// Adds an LSTM node over `input` with its own weights; its outputs are `name`, `name_h` and `name_c`.
  mutating func lstm(
    _ name: String, over input: String, inputSize: Int = 2, hiddenSize: Int = 3, directions: Int = 1,
    _ attributes: [ONNXAttributeProto] = [], more: [String] = []
  ) {
    tensor("\(name)_W", [directions, 4 * hiddenSize, inputSize])
    tensor("\(name)_R", [directions, 4 * hiddenSize, hiddenSize])
    node("LSTM", [input, "\(name)_W", "\(name)_R"] + more, [name, "\(name)_h", "\(name)_c"], attributes)
    proto.graph.node[proto.graph.node.count - 1].name = name
  }

  mutating func output(_ names: String...) {
    proto.graph.output += names.map { .init($0, .float32, []) }
  }

  /// Writes the graph and reads the model.
  func model(in folder: TemporaryFolder) throws -> LSTM<Float> { try LSTM(onnx: write(in: folder)) }

  func write(in folder: TemporaryFolder, _ name: String = "graph.onnx") throws -> String {
    try folder.put(proto.serializedBytes(), name)
  }
}
