import Foundation
import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Numbers in files beside the model")
struct ExternalDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A graph whose input weights are in `weights.bin`, after 8 other bytes.
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

  @Test("Links out of the folder are refused, of the file and of a folder on the way; others are followed")
  func links() throws {
    let files = FileManager.default
    let model = folder.file("model")
    try files.createDirectory(atPath: model, withIntermediateDirectories: true)
    func read(_ location: String, at place: String) throws -> LSTM<Float> {
      let path = try graph([("location", location), ("offset", "8")]).write(in: folder)
      try files.moveItem(atPath: path, toPath: place)
      defer { try? files.removeItem(atPath: place) }
      return try LSTM(onnx: place)
    }
    // The numbers are in `folder`, the model in a folder inside it.
    for (link, target, location) in [
      ("weights.bin", "../weights.bin", "weights.bin"), ("up", "..", "up/weights.bin"),
      ("all", folder.file("weights.bin"), "all"), ("chain", "weights.bin", "chain"),
    ] {
      try files.createSymbolicLink(atPath: "\(model)/\(link)", withDestinationPath: target)
      let error = #expect(throws: GatewiseError.self) { try read(location, at: "\(model)/model.onnx") }
      print("refused: \(error?.description ?? "")")
      let real = try #require(realpath(folder.file("weights.bin"), nil))
      defer { free(real) }
      for words in ["\(model)/model.onnx", "\"\(location)\"", "outside the model's folder", String(cString: real)] {
        #expect(error?.description.contains(words) == true, "\(words)")
      }
    }
    let expected = try read("weights.bin", at: folder.file("model.onnx")).parameters
    try files.createSymbolicLink(atPath: folder.file("inside"), withDestinationPath: "weights.bin")
    #expect(try read("inside", at: folder.file("model.onnx")).parameters == expected)
    // A download cache has links to both files, which are in one folder.
    let path = try graph([("location", "weights.bin"), ("offset", "8")]).write(in: folder)
    let cache = folder.file("cache")
    try files.createDirectory(atPath: cache, withIntermediateDirectories: true)
    for name in [URL(filePath: path).lastPathComponent, "weights.bin"] {
      try files.createSymbolicLink(atPath: "\(cache)/\(name)", withDestinationPath: folder.file(name))
    }
    #expect(try LSTM<Float>(onnx: "\(cache)/\(URL(filePath: path).lastPathComponent)").parameters == expected)
  }

  @Test(
    "Numbers outside the folder or beyond the file are refused",
    arguments: [
      ([("location", "/etc/passwd")], "outside the model's folder"),
      ([("location", "../weights.bin")], "outside the model's folder"),
      ([("location", "a/../../weights.bin")], "outside the model's folder"),
      ([("location", "a//b")], "outside the model's folder"),
      ([], "does not name it"),
      ([("location", "absent.bin")], "no such file"),
      ([("location", "weights.bin"), ("offset", "9")], "beyond the 104 bytes"),
      ([("location", "weights.bin"), ("offset", "9223372036854775807")], "beyond the 104 bytes"),
      ([("location", "weights.bin"), ("offset", "-8")], "is not a number of bytes"),
      ([("location", "weights.bin"), ("length", "95")], "its shape requires 96"),
    ] as [([(String, String)], String)])
  func refused(entries: [(String, String)], words: String) throws {
    let path = try graph(entries).write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(onnx: path) }
    print("refused: \(error?.description ?? "")")
    #expect(error?.description.contains(words) == true)
  }
}
