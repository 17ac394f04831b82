import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Keras weights") struct KerasWeightsTests {
  private static let kinds = ["paths", "positional", "vars"]
  /// The options that the weights of the fixture do not determine.
  private static let options: [String: KerasWeights.Options] = [
    "hard": .init(gateActivation: .hardSigmoid(alpha: 1.0 / 6, beta: 0.5), activation: .softsign),
    "bidirectional": .init(readsLastStep: true),
  ]

  private func weights(_ name: String, _ kind: String) throws -> KerasWeights {
    try KerasWeights(NPZFile(path: NPZFileTests.fixture("\(name)-\(kind).npz")))
  }

  private func difference<S: Scalar>(_ name: String, _ kind: String, as _: S.Type) throws -> S {
    let model = try weights(name, kind).model(Self.options[name] ?? .init(), as: S.self)
    let io = try NPZFile(path: NPZFileTests.fixture("\(name)-io.npz"))
    let lengths = io["lengths"] == nil ? nil : try io.integers("lengths")
    let difference = try greatestDifference(model.forward(io.tensor("x"), lengths: lengths).output, io.tensor("y"))
    print("Keras \(name), \(kind): largest difference \(difference)")
    return difference
  }

  @Test("give Keras' outputs, under every kind of names", arguments: ["plain", "hard", "bidirectional"], kinds)
  func double(_ name: String, _ kind: String) throws {
    // Keras' Dense rounds to single precision on PyTorch.
    #expect(try difference(name, kind, as: Double.self) < (name == "plain" ? 1e-12 : 1e-6))
  }

  @Test("give Keras' outputs with an Embedding and a Dense layer, in float32", arguments: kinds)
  func single(_ kind: String) throws {
    #expect(try weights("stack", kind).dataType == .float32)
    #expect(try difference("stack", kind, as: Float.self) < 1e-6)
  }

  @Test("other activations give other outputs")
  func distinction() throws {
    let io = try NPZFile(path: NPZFileTests.fixture("hard-io.npz"))
    let plain = try weights("hard", "paths").model(as: Double.self)
    let difference = try greatestDifference(plain.forward(io.tensor("x")).output, io.tensor("y"))
    print("Keras hard, read as the default: largest difference \(difference)")
    #expect(difference > 1e-3)
  }

  @Test("are written bit for bit, in the order of get_weights()", arguments: ["plain", "hard", "bidirectional"])
  func export(_ name: String) throws {
    let path = try TemporaryFolder().path + ".npz"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let options = Self.options[name] ?? .init()
    let model = try weights(name, "paths").model(options, as: Double.self)
    try model.writeKeras(to: path)
    let (found, expected) = (try NPZFile(path: path), try NPZFile(path: NPZFileTests.fixture("\(name)-paths.npz")))
    #expect(found.entries.map(\.shape) == expected.entries.map(\.shape))
    for (a, b) in zip(found.entries, expected.entries) {
      #expect(a.name.split(separator: "/").last == b.name.split(separator: "/").last)
      #expect(try found.tensor(a.name, as: Double.self) == expected.tensor(b.name, as: Double.self), "\(a.name)")
    }
    #expect(try KerasWeights(found).model(options, as: Double.self).parameters == model.parameters)
  }

  @Test("ambiguous shapes are rejected, and read if paths identify the layers")
  func ambiguous() throws {
    let folder = try TemporaryFolder()
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 3, hiddenSizes: [3], isBidirectional: true), seed: 1)
    try model.writeKeras(to: folder.path + "/paths.npz")
    let file = try NPZFile(path: folder.path + "/paths.npz")
    #expect(try KerasWeights(file).model(as: Float.self).parameters == model.parameters)
    try NPZFile.write(
      file.entries.enumerated().map { .init("arr_\($0)", try file.tensor($1.name, as: Float.self)) },
      to: folder.path + "/positional.npz")
    let found = sentence { _ = try KerasWeights(NPZFile(path: folder.path + "/positional.npz")) }
    #expect(found?.contains("may be 2 LSTM layers, or 1 bidirectional") == true)
  }

  @Test("arrays that are not part of a model are rejected by name", arguments: faults)
  func refused(names: [(String, [Int])], words: String) throws {
    let path = try TemporaryFolder().path + ".npz"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try NPZFile.write(names.map { .init($0, Tensor<Float>(repeating: 0, shape: $1)) }, to: path)
    let found = sentence { _ = try KerasWeights(NPZFile(path: path)).configuration() }
    #expect(found?.contains(words) == true)
  }

  @Test("models that Keras does not support are not written")
  func refusals() throws {
    let path = try TemporaryFolder().path + ".npz"
    for configuration in [
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3], projection: .init(size: 2)),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3], peepholes: true),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2)),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3], learnsInitialState: true),
    ] {
      let model = try LSTM<Float>(configuration, seed: 1)
      #expect(sentence { try model.writeKeras(to: path) }?.contains("Keras' LSTM layers do not support") == true)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}

/// Arrays that are not a model, and part of the error message.
private let faults: [([(String, [Int])], String)] = [
  ([("arr_0", [3])], "\"arr_0\" [3] is not part"),
  ([("arr_0", [3, 16]), ("arr_1", [4, 15])], "\"arr_0\""),
  ([("arr_0", [3, 16]), ("arr_1", [4, 16]), ("arr_2", [16]), ("arr_3", [5, 2])], "output 4 numbers"),
  (
    [
      ("arr_0", [3, 16]), ("arr_1", [4, 16]), ("arr_2", [16]), ("arr_3", [4, 2]), ("arr_4", [2]), ("arr_5", [2, 2]),
    ],
    "\"arr_5\" [2, 2] is not part"
  ),
  ([("arr_0", [3, 16]), ("arr_1", [4, 16]), ("arr_2", [5, 8]), ("arr_3", [2, 8])], "\"arr_2\" has shape [5, 8]"),
  ([("dense/kernel", [3, 2])], "holds no LSTM"),
  ([("lstm/kernel", [3, 16]), ("lstm/recurrent_kernel", [4, 16]), ("lstm/bias", [15])], "has shape [15]"),
  ([("lstm/kernel", [3, 16]), ("lstm/recurrent_kernel", [4, 16]), ("norm/gamma", [4])], "\"norm/gamma\""),
  ([("lstm/kernel", [3, 16]), ("lstm/recurrent_kernel", [4, 16, 1])], "\"lstm/recurrent_kernel\""),
  ([("lstm/kernel", [3, 16]), ("lstm/kernel:0", [3, 16])], "\"lstm/kernel:0\""),
  (
    [
      ("a/forward_lstm/kernel", [3, 16]), ("a/forward_lstm/recurrent_kernel", [4, 16]), ("b/lstm/kernel", [8, 8]),
      ("b/lstm/recurrent_kernel", [2, 8]), ("a/backward_lstm/kernel", [3, 16]),
      ("a/backward_lstm/recurrent_kernel", [4, 16]),
    ], "2 forward and 1 backward"
  ),
  ([("lstm/cell/vars/0", [0, 16]), ("lstm/cell/vars/1", [4, 16])], "[0, 16] is empty"),
]
