/// A model file that is open for reading: everything but the weights, which ``model(as:)`` reads.
///
/// The file is a safetensors file under PyTorch's names and in PyTorch's orientation: `weight_ih_l0` `[4H, I]`,
/// `weight_hh_l0` `[4H, H]`, `bias_ih_l0` and `bias_hh_l0` `[4H]`, gates in the order i, f, g, o; `weight_hr_l0` `[P,
/// H]` of a projection; the same names with `_reverse` behind them for a reverse direction; besides `peephole_l0` `[3,
/// H]` in the order i, f, o, the learned initial state `h0` and `c0` `[L·D, H]` (where layers differ in size `h0_l0`,
/// `c0_l0` `[H]` and so on), and the readout `head.weight` `[K, D·H]`, `head.bias` `[K]`. What
/// `safetensors.torch.save_file(lstm.state_dict(), path)` writes loads as it is; sizes then come from the shapes.
///
/// Names may have a prefix, which is kept on writing; the readout stands under the same prefix or beside it
/// (`lstm.weight_ih_l0` and `head.weight`). A tensor that is no part of the model is an error, since a model without it
/// would compute something else.
public struct ModelFile: Sendable {
  /// The sizes and options of the model.
  public let configuration: LSTMConfiguration
  /// How the file spells its tensors.
  public let names: ModelNames
  /// Text that was stored beside the model, for example a vocabulary; empty for a file from PyTorch.
  public let extras: [String: String]
  /// How many tensors of the file are no part of the model.
  public let otherTensorCount: Int
  /// The type in which nothing of the weights is lost: F64 where the file holds that, else F32.
  public let dataType: DataType

  private let file: any TensorFile
  private let layout: ParameterLayout

  /// Opens the model file at `path` and checks its tensors' names and shapes.
  ///
  /// - Parameters:
  ///   - path: A safetensors file.
  ///   - prefix: What stands before the names of the LSTM to be read; nil where the file holds one LSTM.
  ///   - ignoringOtherTensors: Whether tensors that are no part of the model are passed over.
  ///   - ignoringOtherPrefixes: Whether those whose names do not begin with the prefix are: other parts of a larger
  ///     model.
  /// - Throws: `GatewiseError.file` where the file cannot be read, is no safetensors file, holds no LSTM or one with
  ///   features that Gatewise does not have, or its names, shapes and metadata disagree; the sentence names the tensor.
  public init(
    contentsOf path: String, prefix: String? = nil, ignoringOtherTensors: Bool = false,
    ignoringOtherPrefixes: Bool = false
  ) throws(GatewiseError) {
    if let other = [".onnx", ".npz"].first(where: { path.lowercased().hasSuffix($0) }) {
      throw .file(path: path, problem: "ends in \(other); turn it into a safetensors file by gatewise convert.")
    }
    if PickledFile.isNamed(path) { throw .file(path: path, problem: PickledFile.problem) }
    try self.init(
      SafetensorsFile(path: path), prefix: prefix, ignoringOtherTensors: ignoringOtherTensors,
      ignoringOtherPrefixes: ignoringOtherPrefixes)
  }

  /// Checks the names and shapes of the tensors of a file that is open.
  ///
  /// - Parameters:
  ///   - file: A file of tensors under the names of a model file.
  ///   - prefix: What stands before the names of the LSTM to be read; nil where the file holds one LSTM.
  ///   - ignoringOtherTensors: Whether tensors that are no part of the model are passed over.
  ///   - ignoringOtherPrefixes: Whether those whose names do not begin with the prefix are: other parts of a larger
  ///     model.
  /// - Throws: `GatewiseError.file` as `init(contentsOf:prefix:ignoringOtherTensors:ignoringOtherPrefixes:)`.
  public init(
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
    // A checkpoint of a training run is a model with more beside it.
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

  /// Reads the weights, converted to `S`: PyTorch's two biases are added, biases that the file does not have are zero.
  ///
  /// - Throws: `GatewiseError.file` where a tensor holds no floating-point numbers, or NaN or infinity, or a tensor or
  ///   a function a number that `S` cannot hold, or the file cannot be read.
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
            "has no tensor \(quoted(tensor.name)) \(tensor.shape), which \(source) call for; write the file again.")
      }
      guard entry.shape == tensor.shape else {
        throw .file(
          path: file.path,
          problem: "tensor \(quoted(tensor.name)) has shape \(entry.shape), but \(source) call for \(tensor.shape);"
            + " write the file again.")
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
      problem: "holds the tensor \(quoted(other.name)) \(other.shape), which is no part of the LSTM that \(source) call"
        + " for; save the LSTM's own tensors, and a linear layer behind it as head.weight and head.bias.")
  }
}

/// Where in a tensor of `shape` the first NaN or infinity stands; nil where every number is finite.
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
