import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("NumPy archives") struct NPZFileTests {
  /// Returns the path of a file written by NumPy or Keras.
  static func fixture(_ name: String) -> String {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)").path
  }

  /// Returns element k of a fixture's array: k/8 - 2.
  private func numbers(_ shape: Int...) -> Tensor<Double> {
    let count = shape.reduce(1, *)
    return try! Tensor(shape: shape, elements: (0..<count).map { Double($0) / 8 - 2 })
  }

  @Test(
    "reads every type and order that NumPy writes, stored, deflated or to a pipe",
    arguments: ["stored.npz", "deflated.npz", "streamed.npz"])
  func reads(_ name: String) throws {
    let file = try NPZFile(path: Self.fixture(name))
    #expect(
      file.entries.map(\.name) == [
        "single", "double", "half", "fortran", "fortran3", "scalar", "empty", "lengths", "bytes", "truth",
        "nested/name:0",
      ])
    #expect(file["single"]?.elementType == .float32 && file["half"]?.elementType == .float16)
    let expected = [
      "single": numbers(2, 3), "double": numbers(3, 2, 2), "half": numbers(4), "fortran": numbers(40, 250),
      "fortran3": numbers(3, 4, 5), "scalar": numbers(), "empty": numbers(0, 3), "nested/name:0": numbers(1),
    ]
    for (name, tensor) in expected {
      #expect(try file.tensor(name, as: Double.self) == tensor, "\(name)")
      #expect(try file.tensor(name, as: Float.self).elements == tensor.elements.map { Float($0) }, "\(name)")
    }
    #expect(try file.integers("lengths") == [3, -4])
    #expect(try file.integers("bytes") == [0, 255])
    #expect(try file.integers("truth") == [1, 0])
    #expect(sentence { _ = try file.tensor("lengths", as: Float.self) }?.contains("I64") == true)
    #expect(sentence { _ = try file.integers("single") }?.contains("whole numbers") == true)
    #expect(sentence { _ = try file.integers("nothing") }?.contains("\"single\"") == true)
  }

  @Test("writes the same bytes as NumPy", arguments: ["plain-paths", "stack-paths", "torch"])
  func writesAsNumPy(_ name: String) throws {
    let (path, folder) = (Self.fixture("\(name).npz"), try TemporaryFolder())
    let file = try NPZFile(path: path)
    let tensors = try file.entries.map { entry -> SafetensorsFile.NamedTensor in
      entry.elementType == .float32
        ? .init(entry.name, try file.tensor(entry.name, as: Float.self))
        : .init(entry.name, try file.tensor(entry.name, as: Double.self))
    }
    try NPZFile.write(tensors, to: folder.path + "/written.npz")
    let (found, expected) = try (
      Data(contentsOf: URL(filePath: folder.path + "/written.npz")),
      Data(contentsOf: URL(filePath: path))
    )
    let same = zip(found, expected).prefix { $0 == $1 }.count
    print("\(name): \(found.count) bytes, the first \(same) equal NumPy's \(expected.count)")
    #expect(found == expected)
  }

  @Test("written tensors, integers, names and text are read back bit for bit")
  func roundTrip() throws {
    let path = try TemporaryFolder().path + ".npz"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let values = try Tensor(shape: [2, 2], elements: [-0.0, .leastNonzeroMagnitude, .pi, -.greatestFiniteMagnitude])
    try NPZFile.write(
      [.init("größe/λ", values), try .init("lengths", shape: [3], integers: [1, -2, .max])], metadata: "{\"a\": 1}",
      to: path)
    let file = try NPZFile(path: path)
    #expect(try file.tensor("größe/λ", as: Double.self).elements.map(\.bitPattern) == values.elements.map(\.bitPattern))
    #expect(try file.integers("lengths") == [1, -2, .max])
    #expect(file.metadata == ["gatewise": "{\"a\": 1}"] && file.entries.count == 2)
    #expect(sentence { try NPZFile.write([.init("a", values), .init("a", values)], to: path) } != nil)
    #expect(try NPZFile(path: path).entries.count == 2)
  }

  @Test("a .npy file in Fortran order is read in row-major order")
  func fortran() throws {
    let file = try NumPyFile(path: Self.fixture("fortran.npy"))
    #expect(file.dataType == .float32 && file.tensor(Double.self) == numbers(3, 4, 5))
  }

  @Test("models under the names of a model file are read back bit for bit", arguments: configurations)
  func models(configuration: LSTMConfiguration, isPlain: Bool) throws {
    let folder = try TemporaryFolder()
    let (first, second) = (folder.path + "/a.npz", folder.path + "/b.npz")
    let model = try LSTM<Float>(configuration, seed: 3)
    try model.writeNPZ(to: first)
    let file = try NPZFile(path: first)
    #expect(file.metadata.isEmpty == isPlain)
    let read = try ModelFile(file)
    #expect(read.configuration == configuration)
    let again = try read.model(as: Float.self)
    #expect(again.parameters.map(\.bitPattern) == model.parameters.map(\.bitPattern))
    try again.writeNPZ(to: second, names: read.names)
    #expect(try Data(contentsOf: URL(filePath: first)) == Data(contentsOf: URL(filePath: second)))
  }

  @Test("a state_dict of PyTorch gives PyTorch's outputs")
  func torch() throws {
    let model = try ModelFile(NPZFile(path: Self.fixture("torch.npz"))).model(as: Double.self)
    let io = try NPZFile(path: Self.fixture("torch-io.npz"))
    let y = try model.forward(io.tensor("x")).output
    let difference = try greatestDifference(y, io.tensor("y"))
    print("torch.npz: largest difference \(difference)")
    #expect(difference < 1e-12)
  }
}

/// max|a - b| of two tensors; infinite if their shapes differ.
func greatestDifference<S: Scalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> S {
  guard a.shape == b.shape else { return .infinity }
  return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
}

/// Models, and whether names and shapes determine them completely.
private let configurations: [(LSTMConfiguration, Bool)] = [
  (LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), true),
  (LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 4], isBidirectional: true, readout: .init(outputSize: 2)), true),
  (
    LSTMConfiguration(
      inputSize: 5, hiddenSizes: [3, 3], projection: .init(size: 2), peepholes: true, embeddingSize: 4,
      learnsInitialState: true), true
  ),
  (LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2)), false),
  (LSTMConfiguration(inputSize: 2, hiddenSizes: [3], readout: .init(outputSize: 2, position: .lastStep)), false),
]
