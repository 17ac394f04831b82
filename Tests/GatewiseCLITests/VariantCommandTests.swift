import Foundation
import Gatewise
import Testing

@Suite("gatewise with layer variants")
struct VariantCommandTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// The flags, each with a different value, so that mixed-up flags are found.
  private static let flags: [(flags: [String], change: @Sendable (inout LSTMConfiguration) -> Void)] = [
    (["--projection", "3", "--projection-clip", "0.75"], { $0.projection = .init(size: 3, clip: 0.75) }),
    (["--normalization", "products-and-cell"], { $0.normalization = .productsAndCell }),
    (["--residual", "--layers", "2"], { ($0.isResidual, $0.hiddenSizes) = (true, [4, 4]) }),
    (["--embedding", "5"], { $0.embeddingSize = 5 }),
    (
      ["--gate-activation", "hard-sigmoid(0.25,0.5)", "--pre-activation-clip", "1.5", "--cell-clip", "2.5"],
      {
        $0.cell = MemoryCell(
          gateActivation: .hardSigmoid(alpha: 0.25, beta: 0.5), preActivationClip: 1.5, cellClip: 2.5)
      }
    ),
    (
      [
        "--dropout", "0.1", "--input-dropout", "0.2", "--recurrent-dropout", "0.3", "--weight-dropout", "0.4",
        "--zoneout-cell", "0.05", "--zoneout-hidden", "0.15", "--layers", "2",
      ],
      {
        $0.hiddenSizes = [4, 4]
        $0.regularization = Regularization(
          betweenLayers: 0.1, inputs: 0.2, recurrent: 0.3, recurrentWeights: 0.4, zoneoutCell: 0.05,
          zoneoutHidden: 0.15)
      }
    ),
  ]

  @Test("trains the model that the flags describe, and writes it to the model file", arguments: flags.indices)
  func train(_ index: Int) throws {
    let (flags, change) = Self.flags[index]
    let out = folder.path("run")
    try Executable.succeed(
      [
        "train", "--csv", TrainingData.airline, "--target", "passengers", "--horizon", "1", "--hidden", "4", "--steps",
        "3", "--window", "6", "--out", out,
      ] + flags)
    let found = try ModelFile(contentsOf: "\(out)/model.safetensors").configuration
    var expected = LSTMConfiguration(
      inputSize: found.inputSize, hiddenSizes: Array(repeating: 4, count: found.layerCount), readout: found.readout)
    change(&expected)
    #expect(found == expected)
    try Executable.succeed(
      ["check", "\(out)/model.safetensors", "--window", "3", "--batch", "2", "--tolerance", "1e-9"])
  }

  @Test("gradients uses given h, c and gates, and writes all deltas of both directions")
  func inside() throws {
    let model = try LSTM<Double>(
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 3], isBidirectional: true, projection: .init(size: 2)), seed: 1)
    try model.write(to: folder.path("m.safetensors"))
    var x = Tensor<Double>(repeating: 0.3, shape: [4, 2, 2])
    for index in x.elements.indices { x.elements[index] += 0.1 * Double(index % 7) }
    try SafetensorsFile.write(
      [.init("x", x), .init("lengths", shape: [2], integers: [4, 2])], to: folder.path("x.safetensors"))
    let (m, input) = (folder.path("m.safetensors"), folder.path("x.safetensors"))
    try Executable.succeed(["predict", m, "--input", input, "--output", folder.path("s.safetensors"), "--all-states"])
    let states = try SafetensorsFile(path: folder.path("s.safetensors"))
    var tensors = [SafetensorsFile.NamedTensor("x", x)]
    tensors.append(try .init("lengths", shape: [2], integers: [4, 2]))
    for suffix in ["_l0", "_l0_reverse", "_l1", "_l1_reverse"] {
      for part in ["h", "c", "gates"] {
        tensors.append(.init(part + suffix, try states.tensor(part + suffix, as: Double.self)))
      }
    }
    try SafetensorsFile.write(tensors, to: folder.path("r.safetensors"))
    func gradients(_ input: String, _ more: String...) throws -> SafetensorsFile {
      let output = folder.path("g\(more.count).safetensors")
      try Executable.succeed(["gradients", m, "--input", input, "--output", output, "--deltas"] + more)
      return try SafetensorsFile(path: output)
    }
    let expected = try gradients(input)
    let found = try gradients(folder.path("r.safetensors"), "--recorded")
    var worst = 0.0
    for entry in expected.entries {
      worst = max(worst, try difference(entry.name, in: found, from: entry.name, in: expected))
    }
    print("gradients --recorded: largest relative difference \(worst)")
    #expect(worst <= 1e-14 && expected["delta_l1_reverse"]?.shape == [4, 2, 12])
  }

  @Test("convert keeps a prefix")
  func prefix() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    try model.write(to: folder.path("a.safetensors"), names: ModelNames(prefix: "enc.lstm."))
    try Executable.succeed(["convert", folder.path("a.safetensors"), folder.path("b.npz")])
    try Executable.succeed(["convert", folder.path("b.npz"), folder.path("c.safetensors")])
    #expect(try SafetensorsFile(path: folder.path("c.safetensors"))["enc.lstm.weight_hh_l0"] != nil)
  }

  @Test("reports invalid options in one sentence")
  func wrong() throws {
    let check = ["check", "--hidden", "4"]
    try Executable.fail(check + ["--projection", "0"], status: 64, saying: "--projection must be at least 1, but is 0")
    try Executable.fail(check + ["--projection-clip", "1"], status: 64, saying: "give --projection")
    try Executable.fail(
      check + ["--dropout", "1"], status: 64, saying: "--dropout must be at least 0 and below 1, but is 1")
    try Executable.fail(check + ["--gate-activation", "elu(nan)"], status: 64, saying: "--gate-activation")
    try Executable.fail(check + ["--layers", "1", "--dropout", "0.5"], status: 1, saying: "between layers")
    try Executable.fail(check + ["--layers", "1", "--residual"], status: 1, saying: "between layers")
    try Executable.fail(
      check + ["--bidirectional", "--rule", "rtrl"], status: 1, saying: "cannot run a bidirectional model")
    try Executable.fail(
      ["derive", "--weight", "layer0.input.bias", "--bidirectional"], status: 64, saying: "--bidirectional")
    try Executable.fail(["bench", "--rows", "infer", "--bidirectional"], status: 64, saying: "--rows")
    try Executable.fail(
      ["gradients", "m", "--input", "x", "--output", "y.npy"], status: 64, saying: "write .safetensors or .npz")
    try Executable.fail(
      ["predict", "m.onnx", "--input", "x.npy", "--output", "y.npy"], status: 1, saying: "gatewise convert")
  }
}
