import Foundation
import Gatewise
import Testing

@Suite("gatewise convert")
struct ConvertTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(
    "converting to ONNX and back gives the same bits", arguments: ["head-l2-f64", "head-l2-f32"], ["", "model.lstm."])
  func roundTrip(_ name: String, _ prefix: String) throws {
    let fixture = try Fixture(name)
    let path = try fixture.writeModel(to: folder.path("model.safetensors"))
    // Rewrite the file as Gatewise does, with PyTorch's second bias zero.
    if fixture.tolerance > 1e-8 {
      try LSTM<Float>(contentsOf: path).write(to: path, names: ModelNames(prefix: prefix))
    } else {
      try LSTM<Double>(contentsOf: path).write(to: path, names: ModelNames(prefix: prefix))
    }
    let (graph, back) = (folder.path("model.onnx"), folder.path("back.safetensors"))
    let option = prefix.isEmpty ? [] : ["--prefix", prefix]
    let outcome = try Executable.succeed(["convert", path, graph] + option)
    #expect(outcome.output == "")
    try Executable.succeed(["convert", graph, back] + option)
    #expect(try folder.bytes("back.safetensors") == folder.bytes("model.safetensors"))
  }

  @Test("reads PyTorch's exports, and reports nodes that are not part of the model")
  func exported() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "GatewiseONNXTests/Fixtures")
    let source = fixtures.appending(path: "script-tokens.onnx").path
    let model = folder.path("model.safetensors")
    let outcome = try Executable.succeed(["convert", source, model])
    #expect(outcome.lines.count == 2 && outcome.output.contains("Sigmoid") && outcome.output.contains("indices"))
    #expect(try ModelFile(contentsOf: model).configuration.embeddingSize == 3)
  }

  @Test("reports where ONNX Runtime computes a different result", arguments: [nil, 0.5])
  func clipped(_ clip: Double?) throws {
    let (model, graph) = (folder.path("model.safetensors"), folder.path("model.onnx"))
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .init(preActivationClip: clip))
    try LSTM<Float>(configuration, seed: 1).write(to: model)
    let (there, back) = (
      try Executable.succeed(["convert", model, graph]),
      try Executable.succeed(["convert", graph, folder.path("back.safetensors")])
    )
    print(there.output + back.output)
    for outcome in [there, back] {
      #expect(outcome.lines.count == (clip == nil ? 0 : 1))
      #expect(outcome.output.contains("model.onnx: ONNX Runtime does not clip") == (clip != nil))
      #expect(outcome.output.contains("±0.5") == (clip != nil))
    }
  }

  @Test("explains how to convert a file of torch.save", arguments: ["pt", "pth", "bin"])
  func pickled(_ end: String) throws {
    let path = try folder.write("PK", to: "model.\(end)")
    let target = folder.path("model.safetensors")
    try Executable.fail(["convert", path, target], status: 64, saying: path, "safetensors.torch.save_file")
    try Executable.fail(
      ["predict", path, "--input", target, "--output", target], status: 1, saying: path, "safetensors.torch.save_file")
  }

  @Test("selects the LSTM with a prefix, and reports how many tensors it ignores", arguments: ["onnx", "npz"])
  func picked(_ kind: String) throws {
    let path = folder.path("both.safetensors")
    let encoder = try LSTM<Float>(LSTMConfiguration(inputSize: 2, hiddenSizes: [4]), seed: 1)
    let decoder = try LSTM<Float>(LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5]), seed: 2)
    let tensors = try [("encoder.", encoder), ("decoder.", decoder)].flatMap { prefix, model in
      try model.content(for: path, names: ModelNames(prefix: prefix)).tensors
    }
    try SafetensorsFile.write(tensors, metadata: [:], to: path)
    let (target, back) = (folder.path("decoder.\(kind)"), folder.path("back.safetensors"))
    let outcome = try Executable.succeed(["convert", path, target, "--prefix", "decoder."])
    #expect(outcome.lines.count == 1)
    #expect(outcome.output.contains("\"decoder.\"") && outcome.output.contains("4 other tensors"), "\(outcome.output)")
    try Executable.succeed(["convert", target, back])
    #expect(try LSTM<Float>(contentsOf: back).parameters == decoder.parameters)
    try Executable.fail(["convert", path, target], status: 1, saying: "2 LSTMs", "encoder.", "--prefix")
    // All tensors with the prefix must be part of the model.
    let unknown = try SafetensorsFile.NamedTensor("decoder.weight_ci_l0", shape: [1], integers: [1])
    try SafetensorsFile.write(tensors + [unknown], to: path)
    try Executable.fail(
      ["convert", path, target, "--prefix", "decoder."], status: 1, saying: "decoder.weight_ci_l0")
    try Executable.fail(["convert", path, target, "--prefix", "head."], status: 1, saying: "head.weight_hh_l0")
  }

  @Test("reports models that it cannot write, and wrong usage")
  func refusals() throws {
    let path = folder.path("model.safetensors")
    try LSTM<Float>(LSTMConfiguration(inputSize: 2, hiddenSizes: [4], projection: .init(size: 2)), seed: 1).write(
      to: path)
    try Executable.fail(["convert", path, folder.path("model.onnx")], status: 1, saying: "a projection")
    try Executable.fail(["convert", path, folder.path("b.safetensors")], status: 64, saying: "have the same format")
    try Executable.fail(["convert", path, folder.path("b.txt")], status: 64, saying: "b.txt", ".onnx")
    try Executable.fail(
      ["convert", folder.path("a.onnx"), path, "--lengths"], status: 64, saying: "--lengths")
    let damaged = try folder.write("no graph at all", to: "damaged.onnx")
    try Executable.fail(["convert", damaged, folder.path("c.safetensors")], status: 1, saying: "damaged.onnx", "byte")
    #expect(try folder.names == ["damaged.onnx", "model.safetensors"])
  }
}
