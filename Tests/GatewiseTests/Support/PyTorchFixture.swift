import Foundation

@testable import Gatewise

/// One file of Fixtures: a model, its input and what PyTorch made of them.
struct PyTorchFixture<S: Scalar> {
  let file: SafetensorsFile
  let model: LSTM<S>

  /// Opens `NAME-f64` or `NAME-f32`, by the type. Sizes are read off the tensors.
  init(_ name: String) throws {
    let suffix = S.dataType == .float64 ? "f64" : "f32"
    let url = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)-\(suffix).safetensors")
    file = try SafetensorsFile(path: url.path)
    var hiddenSizes: [Int] = []
    while let weights = file["weight_hh_l\(hiddenSizes.count)"] { hiddenSizes.append(weights.shape[0] / 4) }
    let hasBias = file["bias_ih_l0"] != nil
    let configuration = LSTMConfiguration(
      inputSize: file["weight_ih_l0"]!.shape[1], hiddenSizes: hiddenSizes,
      isBidirectional: file["weight_hh_l0_reverse"] != nil,
      projection: file["weight_hr_l0"].map { .init(size: $0.shape[0]) },
      biases: Biases(gates: hasBias, cells: hasBias, outputs: true),
      readout: file["head.bias"].map { .init(outputSize: $0.shape[0]) })
    model = try LSTM(
      configuration,
      parameters: Self.flatVector(of: file, layout: ParameterLayout(configuration), prefix: "", addingBiases: true))
  }

  func tensor(_ name: String) throws -> Tensor<S> { try file.tensor(name) }

  /// The rows of a tensor `[L, N, H]` and of another one as a state.
  func state(_ hidden: String, _ cell: String) throws -> LSTMState<S> {
    func layers(_ name: String) throws -> [Tensor<S>] {
      let all: Tensor<S> = try file.tensor(name)
      let size = all.shape[1] * all.shape[2]
      return try (0..<all.shape[0]).map {
        try Tensor(shape: Array(all.shape[1...]), elements: Array(all.elements[$0 * size..<($0 + 1) * size]))
      }
    }
    return LSTMState(hidden: try layers(hidden), cell: try layers(cell))
  }

  /// PyTorch's gradients in the order and orientation of the flat vector.
  func gradients() throws -> [S] {
    try Self.flatVector(of: file, layout: model.layout, prefix: "d.", addingBiases: false)
  }

  /// The tensors called prefix + name: weights transposed, and the two biases added where asked.
  static func flatVector(
    of file: SafetensorsFile, layout: ParameterLayout, prefix: String, addingBiases: Bool
  ) throws -> [S] {
    try layout.entries.flatMap { entry -> [S] in
      let tensor: Tensor<S> = try file.tensor(prefix + entry.name)
      if entry.shape.count == 2 {
        let (rows, columns) = (entry.shape[0], entry.shape[1])
        guard tensor.shape == [columns, rows] else {
          throw GatewiseError.shapeMismatch(name: entry.name, expected: [columns, rows], found: tensor.shape)
        }
        return (0..<rows * columns).map { tensor.elements[$0 % columns * rows + $0 / columns] }
      }
      guard addingBiases, entry.role == .bias else { return tensor.elements }
      let second: Tensor<S> = try file.tensor(prefix + entry.name.replacing("bias_ih", with: "bias_hh"))
      return zip(tensor.elements, second.elements).map(+)
    }
  }
}
