import Foundation
import Testing

@testable import Gatewise

@Suite("Model files from PyTorch")
struct PyTorchFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Returns the tensors of a `state_dict` of a one-layer LSTM with I 2 and H 3, with distinct elements.
  static func tensors(prefix: String = "", biases: [String] = ["bias_ih_l0", "bias_hh_l0"]) -> [String: Tensor<Float>] {
    var next: Float = 0
    var tensors: [String: Tensor<Float>] = [:]
    for (name, shape) in [("weight_ih_l0", [12, 2]), ("weight_hh_l0", [12, 3])] + biases.map({ ($0, [12]) }) {
      tensors[prefix + name] = Tensor(
        checkedShape: shape,
        elements: (0..<shape.reduce(1, *)).map { _ in
          next += 1
          return next
        })
    }
    return tensors
  }

  private func write(_ tensors: [String: Tensor<Float>], metadata: [String: String] = [:]) throws -> String {
    try SafetensorsFile.write(tensors.map { .init($0, $1) }, metadata: metadata, to: folder.file("a"))
    return folder.file("a")
  }

  @Test("Sizes come from shapes, two biases are added")
  func stateDict() throws {
    let tensors = Self.tensors()
    let path = try write(tensors, metadata: ["format": "pt"])
    let file = try ModelFile(contentsOf: path)
    #expect(file.configuration == LSTMConfiguration(inputSize: 2, hiddenSizes: [3]))
    let model = try file.model(as: Double.self)
    let (first, second) = (tensors["bias_ih_l0"]!.elements, tensors["bias_hh_l0"]!.elements)
    #expect(try model.tensor("bias_ih_l0").elements == zip(first, second).map { Double($0 + $1) })
    #expect(try model.tensor("weight_ih_l0")[1, 4] == Double(tensors["weight_ih_l0"]![4, 1]))
    #expect(try model.tensor("weight_hh_l0")[2, 11] == Double(tensors["weight_hh_l0"]![11, 2]))
  }

  @Test("Biases that are not in the file are zero, and are written only if they are no longer zero")
  func withoutBiases() throws {
    let file = try ModelFile(contentsOf: try write(Self.tensors(biases: [])))
    var model = try file.model(as: Float.self)
    #expect(try model.tensor("bias_ih_l0").elements == [Float](repeating: 0, count: 12))
    let gradients = try model.gradientTensors(model.parameters, names: file.names)
    #expect(gradients.map(\.name) == ["d.weight_ih_l0", "d.weight_hh_l0"])
    try model.write(to: folder.file("b"), names: file.names)
    #expect(try SafetensorsFile(path: folder.file("b")).entries.map(\.name) == ["weight_hh_l0", "weight_ih_l0"])
    try model.setTensor("bias_ih_l0", to: Tensor(repeating: 2, shape: [12]))
    try model.write(to: folder.file("c"), names: file.names)
    #expect(try LSTM<Float>(contentsOf: folder.file("c")).parameters == model.parameters)
    #expect(try SafetensorsFile(path: folder.file("c"))["bias_hh_l0"] != nil)
  }

  @Test("A single bias keeps its name", arguments: ["bias_ih_l0", "bias_hh_l0"])
  func singleBias(name: String) throws {
    let tensors = Self.tensors(biases: [name])
    let file = try ModelFile(contentsOf: try write(tensors))
    let model = try file.model(as: Float.self)
    #expect(try model.tensor("bias_ih_l0").elements == tensors[name]!.elements)
    try model.write(to: folder.file("b"), names: file.names)
    #expect(try SafetensorsFile(path: folder.file("b")).tensor(name, as: Float.self) == tensors[name]!)
    #expect(try SafetensorsFile(path: folder.file("b")).entries.count == 3)
  }

  @Test(
    "A prefix is found and kept, with the readout under it or under its parent",
    arguments: [
      ("lstm.", "head.weight"), ("lstm.", "lstm.head.weight"), ("model.encoder.lstm.", "model.head.weight"),
      ("model.encoder.lstm.", "head.weight"), ("rnn_", "head.weight"), ("", "head.weight"),
    ])
  func prefix(prefix: String, head: String) throws {
    var tensors = Self.tensors(prefix: prefix)
    tensors[head] = Tensor(checkedShape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
    let file = try ModelFile(contentsOf: try write(tensors))
    #expect(file.names.prefix == prefix)
    #expect(file.configuration.readout == .init(outputSize: 2))
    let model = try file.model(as: Float.self)
    #expect(try model.tensor("head.weight").elements == [1, 4, 2, 5, 3, 6])
    try model.write(to: folder.file("b"), names: file.names)
    let written = try SafetensorsFile(path: folder.file("b"))
    // head.bias was not in the file and is zero.
    #expect(Set(written.entries.map(\.name)) == Set(tensors.keys))
    let gradients = try model.gradientTensors(model.parameters, names: file.names)
    #expect(Set(gradients.map(\.name)) == Set(tensors.keys.map { "d.\($0)" }))
  }

  @Test("A file with both biases gets two equal gradients, and all gradients have the file's orientation")
  func gradients() throws {
    let file = try ModelFile(contentsOf: try write(Self.tensors(prefix: "lstm.")))
    let model = try file.model(as: Float.self)
    let flat = (0..<model.layout.count).map(Float.init)
    try SafetensorsFile.write(try model.gradientTensors(flat, names: file.names), to: folder.file("g"))
    let written = try SafetensorsFile(path: folder.file("g"))
    #expect(written["d.lstm.weight_ih_l0"]?.shape == [12, 2])
    // Parameter (1, 4) of [2, 12] is at 16.
    #expect(try written.tensor("d.lstm.weight_ih_l0", as: Float.self)[4, 1] == 16)
    let bias = try written.tensor("d.lstm.bias_ih_l0", as: Float.self)
    #expect(bias.elements == (60..<72).map(Float.init))
    #expect(try written.tensor("d.lstm.bias_hh_l0", as: Float.self) == bias)
    #expect(throws: GatewiseError.self) { try model.gradientTensors([1, 2]) }
  }

  @Test("Tensors that do not match a model are named")
  func refusals() throws {
    let tensor = Tensor<Float>(repeating: 1, shape: [12, 3])
    // A tensor without elements removes the one with its name.
    let missing = Tensor<Float>(repeating: 0, shape: [0])
    let damaged: [([String: Tensor<Float>], String)] = [
      (["embedding.weight": tensor], "\"weight_ih_l0\" has shape [12, 2], but [12, 3] is expected from its other"),
      (["attention.weight": tensor], "holds the tensor \"attention.weight\" [12, 3]"),
      (["head.bias": Tensor(repeating: 1, shape: [2])], "holds the tensor \"head.bias\" [2]"),
      (["h0": Tensor(repeating: 1, shape: [1, 4, 3])], "holds the tensor \"h0\" [1, 4, 3]"),
      (["weight_hh_l0_reverse": tensor], "has no tensor \"weight_ih_l0_reverse\" [12, 2]"),
      (["weight_hr_l0": tensor], "\"weight_hh_l0\" has shape [12, 3], but [12, 12] is expected from its other"),
      (["weight_ih_l0": missing], "has no tensor \"weight_ih_l0\""),
      (["weight_hh_l0": missing], "holds no LSTM"),
      (["weight_hh_l1": tensor], "has no tensor \"weight_ih_l1\" [12, 3]"),
      (["weight_ih_l2": tensor], "holds the tensor \"weight_ih_l2\" [12, 3]"),
      (["decoder.weight_hh_l0": tensor], "holds 2 LSTMs, under the prefixes \"\", \"decoder.\""),
      // A GRU has three gates.
      (["weight_hh_l0": Tensor(repeating: 1, shape: [9, 3])], "\"weight_hh_l0\" has shape [9, 3]"),
      (["weight_ih_l0": Tensor(repeating: 1, shape: [24])], "\"weight_ih_l0\" has shape [24], but two dimensions"),
      (["bias_ih_l0": Tensor(repeating: 1, shape: [11])], "\"bias_ih_l0\" has shape [11], but"),
      (["weight_ih_l0": Tensor(repeating: 1, shape: [12, 0])], "The input size is 0"),
      (["weight_hh_l0": Tensor(repeating: 1, shape: [0, 0])], "The hidden size of layer 0 is 0"),
      (["h0": Tensor(repeating: 1, shape: [1, 3])], "has no tensor \"c0\" [1, 3]"),
    ]
    for (changes, words) in damaged {
      let path = try write(Self.tensors().merging(changes) { $1 }.filter { $0.value != missing })
      let error = #expect(throws: GatewiseError.self, "\(words)") { try LSTM<Float>(contentsOf: path) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      #expect(error?.description.hasPrefix(path) == true)
    }
  }

  @Test("Other tensors can be ignored, and one of several LSTMs chosen")
  func choosing() throws {
    let tensors = Self.tensors().merging(Self.tensors(prefix: "decoder.")) { $1 }
    let path = try write(tensors)
    #expect(throws: GatewiseError.self) { try ModelFile(contentsOf: path, prefix: "decoder.") }
    let file = try ModelFile(contentsOf: path, prefix: "decoder.", ignoringOtherTensors: true)
    #expect(file.names.prefix == "decoder.")
    #expect(try ModelFile(contentsOf: path, prefix: "", ignoringOtherTensors: true).names.prefix == "")
    let error = #expect(throws: GatewiseError.self) { try ModelFile(contentsOf: path, prefix: "encoder.") }
    #expect(error?.description.contains("no tensor encoder.weight_hh_l0") == true, "\(String(describing: error))")
  }

  @Test("A file written by PyTorch: parameters transposed, biases added", arguments: ["f32", "f64"])
  func fixture(type: String) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/head-l2-\(type).safetensors").path
    let file = try ModelFile(contentsOf: path, prefix: "", ignoringOtherTensors: true)
    #expect(file.dataType == (type == "f32" ? .float32 : .float64))
    #expect(file.configuration == .init(inputSize: 4, hiddenSizes: [6, 6], readout: .init(outputSize: 3)))
    let model = try file.model(as: Double.self)
    let raw = try SafetensorsFile(path: path)
    let weights = try raw.tensor("weight_ih_l1", as: Double.self)
    #expect(try model.tensor("weight_ih_l1")[5, 23] == weights[23, 5])
    let (first, second) = (try raw.tensor("bias_ih_l1", as: Double.self), try raw.tensor("bias_hh_l1", as: Double.self))
    #expect(try model.tensor("bias_ih_l1").elements == zip(first.elements, second.elements).map { $0 + $1 })
    let state = try #require(try LSTMState<Double>(in: raw, for: file.configuration, batchSize: 3))
    #expect(state.hidden[1].elements == Array(try raw.tensor("h0", as: Double.self).elements[18...]))
    #expect(state.cell[0].shape == [3, 6])
  }

  @Test("A part of a model is loaded by name, and the rest is unchanged")
  func partial() throws {
    let folder = try TemporaryFolder()
    let source = try LSTM<Float>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    try source.write(to: folder.file("a"), names: ModelNames(prefix: "lstm."))
    var model = try LSTM<Float>(
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 4], readout: .init(outputSize: 1)), seed: 2)
    let before = model
    #expect(
      try model.load(partOf: folder.file("a"), prefix: "lstm.") == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"])
    for name in ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"] {
      #expect(try model.tensor(name).elements == source.tensor(name).elements)
    }
    for name in ["weight_ih_l1", "head.weight"] {
      #expect(try model.tensor(name).elements == before.tensor(name).elements)
    }
    #expect(throws: GatewiseError.self) { try model.load(partOf: folder.file("a")) }
    var other = try LSTM<Float>(LSTMConfiguration(inputSize: 3, hiddenSizes: [3]), seed: 2)
    let error = #expect(throws: GatewiseError.self) { try other.load(partOf: folder.file("a"), prefix: "lstm.") }
    #expect(error?.description.contains("[12, 2], but this model expects [12, 3]") == true)
  }
}
