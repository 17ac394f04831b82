import Foundation
import Gatewise
import Testing

@Suite("gatewise gradients")
struct GradientsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func gradients(_ model: String, _ input: String, _ more: String...) throws -> SafetensorsFile {
    let output = folder.path("gradients.safetensors")
    try Executable.succeed(["gradients", model, "--input", input, "--output", output] + more)
    return try SafetensorsFile(path: output)
  }

  @Test("agrees with PyTorch in outputs and all gradients, with the model file's names", arguments: Fixture.all)
  func agreesWithPyTorch(_ name: String) throws {
    let fixture = try Fixture(name)
    let prefix = name.hasSuffix("f32") ? "" : "encoder.lstm."
    let model = try fixture.writeModel(to: folder.path("model.safetensors"), prefix: prefix)
    let found = try gradients(model, try fixture.writeInput(to: folder.path("io.safetensors")))
    var worst = 0.0
    for name in ["y", "hT", "cT", "dx", "dh0", "dc0"] {
      worst = max(worst, try difference(name, in: found, from: name, in: fixture.file))
    }
    for name in fixture.parameters {
      worst = max(worst, try difference("d.\(prefix)\(name)", in: found, from: "d.\(name)", in: fixture.file))
    }
    print("gradients \(name): largest relative difference \(worst)")
    #expect(worst <= fixture.tolerance)
    #expect(found.entries.count == 6 + fixture.parameters.count)
  }

  @Test("applies the gradient rule: zeros where it truncates, PyTorch's gradient for exact RTRL")
  func rules() throws {
    let fixture = try Fixture("lstm-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("io.safetensors"))
    let exact = try gradients(model, input, "--rule", "rtrl")
    var worst = 0.0
    for name in ["y", "hT", "cT", "dx", "dh0", "dc0"] + fixture.parameters.map({ "d.\($0)" }) {
      worst = max(worst, try difference(name, in: exact, from: name, in: fixture.file))
    }
    print("gradients --rule rtrl: largest relative difference \(worst)")
    #expect(worst <= fixture.tolerance)
    let cut = try gradients(model, input, "--rule", "truncated-rtrl", "--lower-layers", "none")
    #expect(try cut.tensor("dx", as: Double.self).elements.allSatisfy { $0 == 0 })
    #expect(try cut.tensor("dh0", as: Double.self).elements.allSatisfy { $0 == 0 })
    let wrong: [([String], String)] = [
      (["--rule", "tbptt"], "--every"), (["--rule", "tbptt", "--every", "0", "--depth", "2"], "at least 1"),
      (["--rule", "tbptt", "--every", "3", "--depth", "2"], "every 3 steps, 2 deep"),
      (["--rule", "tbptt", "--every", "2", "--depth", "0"], "at least 1"), (["--every", "2"], "--rule tbptt"),
      (["--rule", "rtrl", "--lower-layers", "none"], "--rule truncated-rtrl"), (["--rule", "bttp"], "--rule"),
      (["--peephole-paths", "all"], "truncated-rtrl or recurrent-cut"),
    ]
    for (options, words) in wrong {
      try Executable.fail(
        ["gradients", model, "--input", input, "--output", folder.path("none")] + options, status: 64, saying: words)
    }
  }

  @Test("computes the same gradients in segments")
  func segments() throws {
    let fixture = try Fixture("lstm-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("io.safetensors"))
    let found = try gradients(model, input, "--segment", "2")
    var worst = 0.0
    for name in ["y", "hT", "cT", "dx", "dh0", "dc0"] + fixture.parameters.map({ "d.\($0)" }) {
      worst = max(worst, try difference(name, in: found, from: name, in: fixture.file))
    }
    print("gradients in segments of 2: largest relative difference \(worst)")
    #expect(worst <= fixture.tolerance)
    try Executable.fail(
      ["gradients", model, "--input", input, "--output", folder.path("none"), "--segment", "0"], status: 64,
      saying: "--segment must be at least 1, but is 0")
  }

  @Test(
    "uses ones for dy if no output gradient is given, and zeros for the missing ones if one is",
    arguments: ["", "dy", "dhT", "dcT"])
  func fillsIncomingGradients(_ given: String) throws {
    let fixture = try Fixture("lstm-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    func input(_ names: [String], filling value: Double?) throws -> String {
      var tensors = try names.map { name in
        SafetensorsFile.NamedTensor(name, try fixture.file.tensor(name, as: Double.self))
      }
      if let value {
        for name in ["dy", "dhT", "dcT"] where name != given {
          let fill = name == "dy" ? value : 0
          tensors.append(.init(name, Tensor(repeating: fill, shape: try #require(fixture.file[name]).shape)))
        }
      }
      let path = folder.path("io.safetensors")
      try SafetensorsFile.write(tensors, to: path)
      return path
    }
    let names = ["x", "h0", "c0"] + (given.isEmpty ? [] : [given])
    _ = try gradients(model, input(names, filling: nil))
    let implicit = try folder.bytes("gradients.safetensors")
    _ = try gradients(model, input(names, filling: given.isEmpty ? 1 : 0))
    #expect(try folder.bytes("gradients.safetensors") == implicit)
  }

  @Test("keeps the initial state of a sequence of length 0, and writes zeros for padding")
  func lengthZero() throws {
    let fixture = try Fixture("lstm-l2-f64")
    func tensor(_ name: String) throws -> Tensor<Double> { try fixture.file.tensor(name) }
    // Padding is NaN, since it must not be read.
    var x = try tensor("x")
    for t in 0..<x.shape[0] {
      for i in 0..<x.shape[2] { x[t, 1, i] = .nan }
    }
    let input = folder.path("io.safetensors")
    try SafetensorsFile.write(
      ["h0", "c0", "dhT", "dcT"].map { .init($0, try tensor($0)) }
        + [.init("x", x), .init("lengths", shape: [3], integers: [x.shape[0], 0, 2])], to: input)
    let found = try gradients(fixture.writeModel(to: folder.path("model.safetensors")), input)
    for (name, expected) in [("hT", "h0"), ("cT", "c0"), ("dh0", "dhT"), ("dc0", "dcT")] {
      let (tensor, expected) = (try found.tensor(name, as: Double.self), try tensor(expected))
      for l in 0..<2 {
        for j in 0..<tensor.shape[2] { #expect(tensor[l, 1, j] == expected[l, 1, j], "\(name)") }
      }
    }
    for name in ["y", "dx"] {
      let tensor = try found.tensor(name, as: Double.self)
      for t in 0..<tensor.shape[0] {
        for j in 0..<tensor.shape[2] { #expect(tensor[t, 1, j] == 0 && (t < 2 || tensor[t, 2, j] == 0), "\(name)") }
      }
    }
    for entry in found.entries {
      #expect(try found.tensor(entry.name, as: Double.self).elements.allSatisfy(\.isFinite), "\(entry.name)")
    }
  }

  @Test("writes the same bytes with one thread and with three")
  func threads() throws {
    let fixture = try Fixture("packed-l2-f32")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("io.safetensors"))
    _ = try gradients(model, input, "--threads", "1")
    let one = try folder.bytes("gradients.safetensors")
    _ = try gradients(model, input, "--threads", "3")
    #expect(try folder.bytes("gradients.safetensors") == one)
  }

  @Test("reads and writes one state tensor per layer if layers differ in size")
  func unequalLayers() throws {
    let model = folder.path("model.safetensors")
    try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 3], peepholes: true), seed: 1).write(to: model)
    let input = folder.path("io.safetensors")
    try SafetensorsFile.write(
      [
        .init("x", Tensor<Double>(repeating: 0.5, shape: [3, 2, 2])),
        .init("h0_l0", Tensor<Double>(repeating: 0.1, shape: [2, 4])),
        .init("h0_l1", Tensor<Double>(repeating: 0.1, shape: [2, 3])),
      ], to: input)
    let found = try gradients(model, input)
    let shapes = ["hT_l0": [2, 4], "cT_l1": [2, 3], "dh0_l0": [2, 4], "dc0_l1": [2, 3], "d.peephole_l1": [3, 3]]
    for (name, shape) in shapes { #expect(found[name]?.shape == shape, "\(name)") }
  }

  @Test("reports invalid input in one sentence, and does not change the output file")
  func refuses() throws {
    let fixture = try Fixture("lstm-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let output = try folder.write("kept", to: "output.safetensors")
    let x = SafetensorsFile.NamedTensor("x", try fixture.file.tensor("x", as: Double.self))
    func zeros<S: Scalar>(_ name: String, _ shape: [Int], _: S.Type) -> SafetensorsFile.NamedTensor {
      .init(name, Tensor<S>(repeating: 0, shape: shape))
    }
    let cases: [([SafetensorsFile.NamedTensor], String, String)] = [
      ([zeros("dy", [5, 3, 7], Double.self)], "\"x\"", "\"dy\""),
      ([x, zeros("h0", [2, 3, 7], Float.self)], "h0", "F32"),
      ([x, zeros("dcT", [2, 3, 8], Double.self)], "dcT", "[2, 3, 7]"),
      ([x, zeros("dy", [5, 3, 8], Double.self)], "dy", "[5, 3, 7]"),
      ([try .init("x", shape: [1], integers: [1])], "x", "I64"),
      ([x, try .init("lengths", shape: [3], integers: [1, 9, 2])], "lengths", "9"),
      ([x, try .init("lengths", shape: [2], integers: [1, 2])], "lengths", "[3]"),
      ([zeros("x", [5, 3, 4], Double.self)], "x", "[5, 3, 4]"),
    ]
    for (index, (tensors, first, second)) in cases.enumerated() {
      let input = folder.path("io-\(index).safetensors")
      try SafetensorsFile.write(tensors, to: input)
      try Executable.fail(
        ["gradients", model, "--input", input, "--output", output], status: 1, saying: first, second, input)
    }
    let input = try fixture.writeInput(to: folder.path("io.safetensors"))
    let files = ["--input", input, "--output", output]
    try Executable.fail(["gradients", "none.st"] + files, status: 1, saying: "none.st", "no such file")
    try Executable.fail(["gradients", model, "--rule", "hebb"] + files, status: 64, saying: "hebb", "bptt")
    try Executable.fail(
      ["gradients", model, "--threads", "0"] + files, status: 64, saying: "--threads must be from 1 to 1024, but is 0")
    try Executable.fail(
      ["gradients", model, "--input", input, "--output", model], status: 64, saying: "is a file that is read")
    #expect(try String(decoding: folder.bytes("output.safetensors"), as: UTF8.self) == "kept")
    #expect(try !folder.names.contains { $0.hasSuffix(".tmp") })
  }
}
