import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("gatewise convert, NumPy archives")
struct ConvertArchiveTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func fixture(_ name: String) -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return folder.appending(path: "GatewiseRunsTests/Fixtures/\(name)").path
  }

  private func same(_ a: String, _ b: String) throws -> Bool {
    try Data(contentsOf: URL(filePath: a)) == Data(contentsOf: URL(filePath: b))
  }

  @Test("converting safetensors to .npz and back gives the same bytes")
  func safetensors() throws {
    let fixture = try Fixture("head-l2-f32")
    let model = try fixture.writeModel(to: folder.path("pytorch.safetensors"))
    let paths = ["a.npz", "b.safetensors", "c.npz", "d.safetensors"].map { folder.path($0) }
    for (from, to) in zip([model] + paths, paths) { try Executable.succeed(["convert", from, to]) }
    #expect(try same(paths[0], paths[2]) && same(paths[1], paths[3]))
    #expect(try NPZFile(path: paths[0]).entries.map(\.name).contains("weight_ih_l0"))
  }

  @Test("converting Keras to safetensors and back keeps the weights", arguments: ["plain", "hard", "bidirectional"])
  func keras(_ name: String) throws {
    let options = [
      "hard": ["--gate-activation", "hard-sigmoid(0.16666666666666666,0.5)", "--activation", "softsign"],
      "bidirectional": ["--last-step"],
    ]
    let (model, back) = (folder.path("model.safetensors"), folder.path("back.npz"))
    let source = fixture("\(name)-positional.npz")
    try Executable.succeed(["convert", source, model] + (options[name] ?? []))
    try Executable.succeed(["convert", model, back, "--keras"])
    let (found, expected) = (try NPZFile(path: back), try NPZFile(path: source))
    for (a, b) in zip(found.entries, expected.entries) {
      #expect(try found.tensor(a.name, as: Double.self) == expected.tensor(b.name, as: Double.self))
    }
    // The outputs of the converted model agree with Keras's.
    let output = folder.path("y.npz")
    try Executable.succeed(["predict", model, "--input", fixture("\(name)-io.npz"), "--output", output])
    let (y, io) = (try NPZFile(path: output), try NPZFile(path: fixture("\(name)-io.npz")))
    let pairs = try zip(y.tensor("y", as: Double.self).elements, io.tensor("y", as: Double.self).elements)
    let difference = pairs.map { abs($0 - $1) }.max() ?? .infinity
    print("convert and predict \(name): largest difference from Keras \(difference)")
    // Keras's Dense rounds to single precision on PyTorch.
    #expect(difference < (name == "plain" ? 1e-12 : 1e-6))
    // One tensor, or one per layer if layers differ in size.
    #expect(y.entries.contains { $0.name.hasPrefix("hT") })
  }

  @Test("gradients of an .npz file equal those of a safetensors file")
  func gradients() throws {
    let fixture = try Fixture("packed-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("x.safetensors"))
    let file = try SafetensorsFile(path: input)
    let tensors = try file.entries.map { entry -> SafetensorsFile.NamedTensor in
      entry.elementType == .int64
        ? try .init(entry.name, shape: entry.shape, integers: file.integers(entry.name))
        : .init(entry.name, try file.tensor(entry.name, as: Double.self))
    }
    try NPZFile.write(tensors, to: folder.path("x.npz"))
    try Executable.succeed(["gradients", model, "--input", input, "--output", folder.path("a.safetensors")])
    try Executable.succeed(["gradients", model, "--input", folder.path("x.npz"), "--output", folder.path("b.npz")])
    let (a, b) = (try SafetensorsFile(path: folder.path("a.safetensors")), try NPZFile(path: folder.path("b.npz")))
    #expect(Set(a.entries.map(\.name)) == Set(b.entries.map(\.name)))
    for entry in a.entries {
      #expect(try a.tensor(entry.name, as: Double.self) == b.tensor(entry.name, as: Double.self), "\(entry.name)")
    }
  }

  @Test(
    "reports wrong usage in one sentence",
    arguments: [
      (["model.keras", "a.npz"], "model.get_weights()"), (["a.safetensors", "b.h5"], "keras.saving.load_model"),
      (["a.safetensors", "b.onnx", "--keras"], "--keras is for writing"),
      (["a.safetensors", "b.npz", "--last-step"], "--last-step is for reading"),
      (["a.onnx", "b.safetensors", "--gate-activation", "relu"], "--gate-activation is for reading"),
      (["a.txt", "b.npz"], "in one of .safetensors, .npz, .onnx"),
    ])
  func usage(arguments: [String], words: String) throws {
    let outcome = try Executable.run(["convert"] + arguments)
    print(outcome.errors)
    #expect(outcome.status == 64 && outcome.errors.contains(words))
  }

  @Test("reports Keras options for an archive with PyTorch's names")
  func names() throws {
    let outcome = try Executable.run(["convert", fixture("torch.npz"), folder.path("a.safetensors"), "--last-step"])
    #expect(outcome.status == 64 && outcome.errors.contains("have PyTorch's names"))
  }
}
