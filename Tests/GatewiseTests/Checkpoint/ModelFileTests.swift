import Foundation
import Testing

@testable import Gatewise

/// The configurations of these tests: every option, alone and together.
private let configurations: [LSTMConfiguration] = [
  .init(inputSize: 3, hiddenSizes: [5]),
  .init(inputSize: 4, hiddenSizes: [5, 3, 2], peepholes: true, learnsInitialState: true),
  .init(inputSize: 2, hiddenSizes: [4, 4], learnsInitialState: true, readout: .init(outputSize: 3)),
  .init(inputSize: 1, hiddenSizes: [1], peepholes: true, readout: .init(outputSize: 1, position: .lastStep)),
  .init(
    inputSize: 3, hiddenSizes: [4, 2], cell: .lstm1997(cellsPerBlock: 2), learnsInitialState: true,
    readout: .init(outputSize: 2, seesInput: true)),
  .init(
    inputSize: 2, hiddenSizes: [4], cell: MemoryCell(gating: .keepForget, outputActivation: .softsign), peepholes: true,
    biases: Biases(gates: true, cells: false, outputs: false), readout: .init(outputSize: 3)),
  .init(inputSize: 2, hiddenSizes: [3], biases: .none),
]

@Suite("Model files")
struct ModelFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Returns a model in which all parameters differ, some of them −0 or denormal.
  static func model<S: Scalar>(_ configuration: LSTMConfiguration, as type: S.Type = S.self) throws -> LSTM<S> {
    let count = ParameterLayout(configuration).count
    var parameters = (0..<count).map { S($0 + 1) / 7 }
    for index in stride(from: 0, to: count, by: 11) { parameters[index] = -0.0 }
    for index in stride(from: 1, to: count, by: 13) { parameters[index] = -S.leastNonzeroMagnitude }
    return try LSTM(configuration, parameters: parameters)
  }

  private func checkRoundTrip<S: Scalar>(_ configuration: LSTMConfiguration, bits: (S) -> UInt64) throws {
    let model: LSTM<S> = try Self.model(configuration)
    let extras = ["vocabulary": "[\"a\",\"\\n\",\"ü\"]", "": "{}"]
    try model.write(to: folder.file("a"), extras: extras)
    let file = try ModelFile(contentsOf: folder.file("a"))
    #expect(file.configuration == configuration)
    #expect(file.extras == extras)
    #expect(file.dataType == S.dataType)
    #expect(file.names == ModelNames())
    let loaded = try file.model(as: S.self)
    #expect(loaded.parameters.map(bits) == model.parameters.map(bits))
    #expect(loaded.layout == model.layout)
    // The same model gives the same bytes.
    try loaded.write(to: folder.file("b"), names: file.names, extras: file.extras)
    #expect(try folder.bytes("a") == folder.bytes("b"))
    #expect(try LSTM<S>(contentsOf: folder.file("b")).parameters.map(bits) == model.parameters.map(bits))
  }

  @Test("Every bit is read back, in both types", arguments: configurations)
  func roundTrip(configuration: LSTMConfiguration) throws {
    try checkRoundTrip(configuration) { (x: Float) in UInt64(x.bitPattern) }
    try checkRoundTrip(configuration) { (x: Double) in x.bitPattern }
  }

  @Test("Names, shapes and orientation are PyTorch's")
  func orientation() throws {
    let model: LSTM<Double> = try Self.model(
      .init(
        inputSize: 2, hiddenSizes: [3, 3], peepholes: true, learnsInitialState: true, readout: .init(outputSize: 2)))
    try model.write(to: folder.file("a"))
    let file = try SafetensorsFile(path: folder.file("a"))
    let shapes = [
      "weight_ih_l0": [12, 2], "weight_hh_l0": [12, 3], "bias_ih_l0": [12], "bias_hh_l0": [12], "peephole_l0": [3, 3],
      "weight_ih_l1": [12, 3], "weight_hh_l1": [12, 3], "bias_ih_l1": [12], "bias_hh_l1": [12], "peephole_l1": [3, 3],
      "h0": [2, 3], "c0": [2, 3], "head.weight": [2, 3], "head.bias": [2],
    ]
    #expect(Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) }) == shapes)
    for (name, inside) in [("weight_ih_l1", "weight_ih_l1"), ("head.weight", "head.weight")] {
      let (outer, inner) = (try file.tensor(name, as: Double.self), try model.tensor(inside))
      for row in 0..<outer.shape[0] {
        for column in 0..<outer.shape[1] { #expect(outer[row, column] == inner[column, row]) }
      }
    }
    #expect(try file.tensor("bias_ih_l1", as: Double.self).elements == model.tensor("bias_ih_l1").elements)
    #expect(try file.tensor("bias_hh_l1", as: Double.self).elements == [Double](repeating: 0, count: 12))
    #expect(
      try file.tensor("c0", as: Double.self).elements
        == model.tensor("c0_l0").elements + model.tensor("c0_l1").elements)
  }

  @Test("Layers of different sizes have separate initial states")
  func unequalStates() throws {
    let model: LSTM<Float> = try Self.model(configurations[1])
    try model.write(to: folder.file("a"))
    let file = try SafetensorsFile(path: folder.file("a"))
    #expect(file["h0"] == nil)
    #expect(file["h0_l0"]?.shape == [5])
    #expect(file["c0_l2"]?.shape == [2])
  }

  @Test("A non-finite model is not written, and the old file is unchanged")
  func notFinite() throws {
    var model: LSTM<Float> = try Self.model(configurations[0])
    try model.write(to: folder.file("a"))
    let old = try folder.bytes("a")
    model.parameters[21] = .nan
    let error = #expect(throws: GatewiseError.self) { try model.write(to: folder.file("a")) }
    #expect(
      error?.description.contains("weight_ih_l0 is NaN or infinite at [1, 1]") == true, "\(String(describing: error))")
    #expect(try folder.bytes("a") == old)
    #expect(folder.contents == ["a"])
  }

  @Test("NaN, infinity and numbers too large for the type are refused on reading")
  func notFiniteInFile() throws {
    let model: LSTM<Double> = try Self.model(configurations[0])
    for (value, widest) in [(Double.nan, true), (.infinity, true), (1e300, false)] {
      let tensors = ModelTensor.table(model.configuration, model.layout, ModelNames()).map { tensor in
        var elements = tensor.elements(from: model.parameters)
        if tensor.name == "weight_hh_l0" { elements[7] = value }
        return SafetensorsFile.NamedTensor(tensor.name, Tensor(checkedShape: tensor.shape, elements: elements))
      }
      try SafetensorsFile.write(tensors, to: folder.file("a"))
      let error = #expect(throws: GatewiseError.self) { try LSTM<Float>(contentsOf: folder.file("a")) }
      #expect(
        error?.description.contains("\"weight_hh_l0\" holds NaN or infinity") == true, "\(String(describing: error))")
      #expect(error?.description.contains("at [1, 2]") == true, "\(String(describing: error))")
      if widest {
        #expect(throws: GatewiseError.self) { try LSTM<Double>(contentsOf: folder.file("a")) }
      } else {
        #expect(try LSTM<Double>(contentsOf: folder.file("a")).parameters.contains(value))
      }
    }
  }
}
