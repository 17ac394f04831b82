import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Numbers in files beside the model")
struct ExternalDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A graph whose input weights lie in `weights.bin`, behind 8 other bytes.
  private func graph(_ entries: [(String, String)]) throws -> TestGraph {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.output("lower")
    let numbers = graph.proto.graph.initializer[0].floatData
    try folder.put([UInt8](repeating: 7, count: 8) + numbers.withUnsafeBytes { Array($0) }, "weights.bin")
    graph.proto.graph.initializer[0].floatData = []
    graph.proto.graph.initializer[0].dataLocation = .external
    graph.proto.graph.initializer[0].externalData = entries.map { entry in
      .with { ($0.key, $0.value) = entry }
    }
    return graph
  }

  @Test("Read from their offset")
  func read() throws {
    let external = try graph([("location", "weights.bin"), ("offset", "8"), ("length", "96")]).model(in: folder)
    var inside = TestGraph()
    inside.lstm("lower", over: "x")
    inside.output("lower")
    #expect(try inside.model(in: folder).parameters == external.parameters)
  }

  @Test(
    "Refused out of the folder and beyond the file",
    arguments: [
      ([("location", "/etc/passwd")], "leads out of the model's folder"),
      ([("location", "../weights.bin")], "leads out of the model's folder"),
      ([("location", "a/../../weights.bin")], "leads out of the model's folder"),
      ([("location", "a//b")], "leads out of the model's folder"),
      ([], "does not say in which"),
      ([("location", "absent.bin")], "no such file"),
      ([("location", "weights.bin"), ("offset", "9")], "beyond the 104 bytes"),
      ([("location", "weights.bin"), ("offset", "9223372036854775807")], "beyond the 104 bytes"),
      ([("location", "weights.bin"), ("offset", "-8")], "no number of bytes"),
      ([("location", "weights.bin"), ("length", "95")], "its shape calls for 96"),
    ] as [([(String, String)], String)])
  func refused(entries: [(String, String)], words: String) throws {
    let path = try graph(entries).write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    #expect(error?.description.contains(words) == true)
  }
}
