import Foundation
import Gatewise
import GatewiseONNX
import Testing

/// A pair of files in Fixtures: a graph, and the outputs of PyTorch or ONNX Runtime for an input.
struct ONNXFixture {
  let name: String
  let graphPath: String
  let expected: SafetensorsFile

  init(_ name: String) throws {
    let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")
    self.name = name
    graphPath = folder.appendingPathComponent("\(name).onnx").path
    expected = try SafetensorsFile(path: folder.appendingPathComponent("\(name).safetensors").path)
  }

  /// The path of a graph that must be refused.
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: name, withExtension: "onnx", subdirectory: "Fixtures")).path
  }

  /// Graphs written by PyTorch's exporters.
  static let exports = [
    "script-stack", "script-bidirectional-head", "script-last", "script-states", "script-tokens", "script-fixed",
    "script-double", "dynamo-stack", "dynamo-bidirectional-head", "dynamo-last", "dynamo-states", "dynamo-tokens",
  ]
  /// Their graphs of models with learned initial states, which are only in the graph.
  static let learned = [
    "script-learned-expand", "script-learned-repeat", "script-learned-fixed", "dynamo-learned-expand",
    "dynamo-learned-repeat", "dynamo-learned-fixed",
  ]
  /// Graphs that tf2onnx wrote of Keras models, without states.
  static let keras = [
    "keras-forward-steps", "keras-forward-last", "keras-bidirectional-steps", "keras-bidirectional-last",
  ]
  /// Single nodes that no exporter of PyTorch writes.
  static let nodes = [
    "node-peepholes", "node-coupled", "node-lengths", "node-batch-first", "node-half", "node-functions",
    "node-more-functions", "node-clip",
  ]

  /// The input `[T, N, I]`; indices become one-hot rows.
  func input<S: Scalar>(_ inputSize: Int, as type: S.Type) throws -> Tensor<S> {
    let shape = expected["x"]!.shape
    guard shape.count == 2 else { return try expected.tensor("x") }
    let indices = try expected.integers("x")
    var x = Tensor<S>(repeating: 0, shape: shape + [inputSize])
    for (row, index) in indices.enumerated() { x.elements[row * inputSize + index] = 1 }
    return x
  }

  /// The initial state; nil if there is none.
  func initialState<S: Scalar>(of model: LSTM<S>) throws -> LSTMState<S>? {
    try LSTMState(in: expected, for: model.configuration, batchSize: expected["x"]!.shape[1])
  }

  /// The largest difference of y and, if present, hT and cT from the expected values, after the graph's last function.
  func difference<S: Scalar>(_ model: LSTM<S>, _ function: ONNXOutputFunction?) throws -> Double {
    let lengths = expected["lengths"] == nil ? nil : try expected.integers("lengths")
    let result = try model.forward(
      input(model.configuration.inputSize, as: S.self), lengths: lengths, initialState: initialState(of: model))
    let y: Tensor<S> = try expected.tensor("y")
    guard y.shape == result.output.shape else { return .infinity }
    let outputs = apply(function, to: result.output)
    guard expected["hT"] != nil else { return greatestDifference(outputs, y.elements) }
    let states = (try expected.tensor("hT", as: S.self), try expected.tensor("cT", as: S.self))
    return [
      (outputs, y.elements), (result.finalState.hidden.flatMap(\.elements), states.0.elements),
      (result.finalState.cell.flatMap(\.elements), states.1.elements),
    ].reduce(0) { max($0, greatestDifference($1.0, $1.1)) }
  }

  private func apply<S: Scalar>(_ function: ONNXOutputFunction?, to y: Tensor<S>) -> [S] {
    let width = y.shape[2]
    return stride(from: 0, to: y.elements.count, by: width).flatMap { start -> [S] in
      let row = y.elements[start..<start + width].map { Double($0) }
      let sum = row.reduce(0) { $0 + exp($1) }
      return row.map {
        switch function {
        case nil: S($0)
        case .softmax: S(exp($0) / sum)
        case .logSoftmax: S($0 - log(sum))
        case .sigmoid: S(1 / (1 + exp(-$0)))
        }
      }
    }
  }
}

/// max|a - b|; infinite if the counts differ or a number is not finite.
func greatestDifference<S: Scalar>(_ a: [S], _ b: [S]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) {
    let difference = Double($1.0 - $1.1).magnitude
    return difference.isFinite ? max($0, difference) : .infinity
  }
}
