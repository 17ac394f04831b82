/// A model file that is open for reading. Its weights are read by ``model(as:)``.
///
/// The file is a safetensors file with PyTorch's names and orientation: `weight_ih_l0` `[4H, I]`, `weight_hh_l0`
/// `[4H, H]`, `bias_ih_l0` and `bias_hh_l0` `[4H]`, gates in the order i, f, g, o; the same names with the suffix
/// `_reverse` for a reverse direction; also `peephole_l0` `[3, H]` in the order i, f, o, the learned initial state `h0`
/// and `c0` `[L·D, H]` (`h0_l0`, `c0_l0` `[H]` and so on for layers of different sizes), and the readout `head.weight`
/// `[K, D·H]`, `head.bias` `[K]`. <doc:MemoryLayout> has the tensors of every option. A file of
/// `safetensors.torch.save_file(lstm.state_dict(), path)` loads without conversion; its shapes then give the sizes.
///
/// Names may have a prefix, which is kept on writing; the readout has the same prefix or a shorter one
/// (`lstm.weight_ih_l0` and `head.weight`). A tensor that is not part of the model is an error, since the model without
/// it would compute something else.
public struct ModelFile: Sendable {
  /// The sizes and options of the model.
  public let configuration: LSTMConfiguration
  /// The names of the tensors in the file.
  public let names: ModelNames
  /// The text that was stored with the model, for example a vocabulary; empty for a file from PyTorch.
  public let extras: [String: String]
  /// The number of tensors in the file that are not part of the model.
  package let otherTensorCount: Int
  /// The type that represents the weights without loss: F64 if a weight is stored as F64, otherwise F32.
  public let dataType: DataType

  private let file: any TensorFile
  private let layout: ParameterLayout

  /// Opens the model file at `path` and checks its tensors' names and shapes.
  ///
  /// - Parameters:
  ///   - path: A safetensors file.
  ///   - prefix: The prefix of the names of the LSTM to read; nil if the file has one LSTM.
  ///   - ignoringOtherTensors: Whether to ignore tensors that are not part of the model.
  ///   - ignoringOtherPrefixes: Whether to ignore those of them whose names do not start with the prefix, which are
  ///     other parts of a larger model.
  /// - Throws: `GatewiseError.file` if the file cannot be read, is not a safetensors file, has no LSTM or one with
  ///   features that Gatewise does not have, or its names, shapes and metadata disagree; the error names the tensor.
  public init(
    contentsOf path: String, prefix: String? = nil, ignoringOtherTensors: Bool = false,
    ignoringOtherPrefixes: Bool = false
  ) throws(GatewiseError) {
    if let other = [".onnx", ".npz"].first(where: { path.lowercased().hasSuffix($0) }) {
      throw .file(path: path, problem: "ends in \(other); convert it to a safetensors file with gatewise convert.")
    }
    if PickledFile.isNamed(path) { throw .file(path: path, problem: PickledFile.problem) }
    try self.init(
      SafetensorsFile(path: path), prefix: prefix, ignoringOtherTensors: ignoringOtherTensors,
      ignoringOtherPrefixes: ignoringOtherPrefixes)
  }

  /// Opens a model in a file of tensors and checks their names and shapes.
  ///
  /// - Parameters:
  ///   - file: A file of tensors with the names of a model file.
  ///   - prefix: The prefix of the names of the LSTM to read; nil if the file has one LSTM.
  ///   - ignoringOtherTensors: Whether to ignore tensors that are not part of the model.
  ///   - ignoringOtherPrefixes: Whether to ignore those of them whose names do not start with the prefix, which are
  ///     other parts of a larger model.
  /// - Throws: `GatewiseError.file` as `init(contentsOf:prefix:ignoringOtherTensors:ignoringOtherPrefixes:)`.
  package init(
    _ file: any TensorFile, prefix: String? = nil, ignoringOtherTensors: Bool = false,
    ignoringOtherPrefixes: Bool = false
  ) throws(GatewiseError) {
    let path = file.path
    let names = try ModelNames(in: file, prefix: prefix)
    let metadata = try ModelMetadata(in: file)
    let configuration =
      if let metadata { metadata.configuration } else { try LSTMConfiguration(inferredFrom: file, names) }
    do throws(GatewiseError) { try configuration.validate() } catch {
      throw .file(path: path, problem: "cannot be loaded. \(error)")
    }
    self.file = file
    self.configuration = configuration
    self.layout = ParameterLayout(configuration)
    self.names = names.noting(absentFrom: file, layout: layout)
    self.extras = metadata?.extras ?? [:]
    let table = ModelTensor.table(configuration, layout, self.names)
    // A checkpoint of a training run has a model and other tensors.
    let ignoringOtherTensors = ignoringOtherTensors || file.metadata[TrainingCheckpoint<Float>.metadataKey] != nil
    let known = Set(table.map(\.name))
    let others = file.entries.filter { !known.contains($0.name) }
    self.otherTensorCount = others.count
    self.dataType = table.contains { file[$0.name]?.elementType == .float64 } ? .float64 : .float32
    try Self.check(
      table, in: file, names: names, hasMetadata: metadata != nil,
      other: others.first {
        !ignoringOtherTensors && (!ignoringOtherPrefixes || $0.name.hasPrefix(names.prefix))
      })
  }

  /// Reads the weights, converted to `S`: PyTorch's two biases are added, and biases that are not in the file are zero.
  ///
  /// - Throws: `GatewiseError.file` if a tensor has no floating-point numbers, has NaN or infinity, or a tensor or an
  ///   activation function has a number that `S` cannot represent, or the file cannot be read.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func model<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> LSTM<S> {
    do throws(GatewiseError) { try configuration.cell.validateFunctions(for: S.self) } catch {
      throw .file(path: file.path, problem: "cannot be loaded. \(error)")
    }
    var parameters = [S](repeating: 0, count: layout.count)
    for tensor in ModelTensor.table(configuration, layout, names) {
      let elements = try file.tensor(tensor.name, as: S.self).elements
      if let place = firstNonFinite(elements[...], shape: tensor.shape) {
        let narrowed = file[tensor.name]?.elementType == .float64 && S.dataType == .float32
        throw .file(
          path: file.path,
          problem:
            "tensor \(quoted(tensor.name)) holds NaN or infinity\(narrowed ? " (or a number too large for F32)" : "")"
            + " at \(place); use a model that was saved before its training diverged.")
      }
      tensor.store(elements, in: &parameters)
    }
    return LSTM(configuration: configuration, layout: layout, parameters: parameters)
  }

  // MARK: Checks

  private static func check(
    _ table: [ModelTensor], in file: any TensorFile, names: ModelNames, hasMetadata: Bool, other: (any TensorEntry)?
  ) throws(GatewiseError) {
    let source = hasMetadata ? "its metadata" : "its other tensors"
    for tensor in table {
      guard let entry = file[tensor.name] else {
        throw .file(
          path: file.path,
          problem:
            "has no tensor \(quoted(tensor.name)) \(tensor.shape), which is expected from \(source); write the file "
            + "again.")
      }
      guard entry.shape == tensor.shape else {
        throw .file(
          path: file.path,
          problem: "tensor \(quoted(tensor.name)) has shape \(entry.shape), but \(tensor.shape) is expected from "
            + "\(source); write the file again.")
      }
      guard entry.elementType.isFloatingPoint else {
        throw .file(
          path: file.path,
          problem:
            "tensor \(quoted(tensor.name)) has dtype \(entry.elementType.rawValue), but F64, F32, F16 or BF16 are"
            + " expected; write the file again.")
      }
    }
    guard let other else { return }
    throw .file(
      path: file.path,
      problem: "holds the tensor \(quoted(other.name)) \(other.shape), which is not part of the LSTM that is expected "
        + "from \(source); save only the LSTM's tensors, and a linear layer after it as head.weight and head.bias.")
  }
}

/// Returns the indices of the first NaN or infinity in a tensor of `shape`, nil if all elements are finite.
package func firstNonFinite<S: Scalar>(_ elements: ArraySlice<S>, shape: [Int]) -> [Int]? {
  guard let position = elements.firstIndex(where: { !$0.isFinite }) else { return nil }
  var index = position - elements.startIndex
  var place: [Int] = []
  for extent in shape.reversed() {
    place.append(index % extent)
    index /= extent
  }
  return place.reversed()
}
