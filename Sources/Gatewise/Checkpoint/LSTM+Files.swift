extension LSTM {
  /// The model in the file at `path`, its weights converted to `S`; see ``ModelFile`` for what such a file holds.
  ///
  ///     let model = try LSTM<Float>(contentsOf: "model.safetensors")
  ///
  /// - Throws: `GatewiseError.file` where the file is no model or cannot be read; the sentence says what is wrong.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public init(contentsOf path: String) throws(GatewiseError) {
    self = try ModelFile(contentsOf: path).model(as: S.self)
  }

  /// Takes from the file at `path` the tensors that it has of this model, by name, and leaves all others as they are:
  /// the lower layers of another model, or an embedding alone.
  ///
  /// - Parameters:
  ///   - path: A safetensors file; what else it holds is passed over.
  ///   - prefix: What stands before the names there.
  /// - Returns: The names of the parameters that were taken, without the prefix.
  /// - Throws: `GatewiseError.file` where the file cannot be read, a tensor has another shape than the model's, or none
  ///   is the model's. The model is then as it was.
  @specialized(where S == Float)
  @specialized(where S == Double)
  @discardableResult
  public mutating func load(partOf path: String, prefix: String = "") throws(GatewiseError) -> [String] {
    let file = try SafetensorsFile(path: path)
    let names = ModelNames(prefix: prefix).noting(absentFrom: file, layout: layout)
    var (changed, taken) = (parameters, [String]())
    for tensor in ModelTensor.table(configuration, layout, names) where file[tensor.name] != nil {
      let found: Tensor<S> = try file.tensor(tensor.name)
      guard found.shape == tensor.shape else {
        throw .file(
          path: path,
          problem: "tensor \(quoted(tensor.name)) has shape \(found.shape), but this model's has \(tensor.shape).")
      }
      tensor.store(found.elements, in: &changed)
      taken += layout.entries.filter { tensor.range.contains($0.offset) && !taken.contains($0.name) }.map(\.name)
    }
    guard !taken.isEmpty else {
      throw .file(
        path: path, problem: "holds no tensor of this model's names; give the prefix that stands before them.")
    }
    parameters = changed
    return taken
  }

  /// Writes the model as a safetensors file that `safetensors.torch.load_file` reads, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: Where to write. A file that is there is replaced only when the new one is complete.
  ///   - names: How the tensors are spelled, for example ``ModelFile/names`` of the file that the model was read from.
  ///   - extras: Text to store beside the model, for example a vocabulary; ``ModelFile/extras`` gives it back.
  /// - Throws: `GatewiseError.notFinite` where a parameter is NaN or infinite, `GatewiseError.file` where the file
  ///   cannot be written. A file that is there stays as it was.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func write(
    to path: String, names: ModelNames = ModelNames(), extras: [String: String] = [:]
  ) throws(GatewiseError) {
    let (tensors, metadata) = try content(for: path, names: names, extras: extras)
    try SafetensorsFile.write(tensors, metadata: [ModelMetadata.key: metadata.json], to: path)
  }

  /// What a model file at `path` holds, whatever its format.
  ///
  /// - Throws: `GatewiseError.notFinite` where a parameter is NaN or infinite.
  package func content(
    for path: String, names: ModelNames = ModelNames(), extras: [String: String] = [:]
  ) throws(GatewiseError) -> (tensors: [SafetensorsFile.NamedTensor], metadata: ModelMetadata) {
    let names = names.covering(parameters, layout: layout)
    for entry in layout.entries {
      if let place = firstNonFinite(parameters[entry.range], shape: entry.shape) {
        throw .notFinite(
          "The parameter \(entry.name) is NaN or infinite at \(place), so the model was not written to \(path).")
      }
    }
    let parameters = parameters
    let tensors = ModelTensor.table(configuration, layout, names).map { tensor in
      SafetensorsFile.NamedTensor(tensor.name, SafetensorsFile.ElementType(S.dataType), shape: tensor.shape) {
        // PyTorch adds its two biases; the whole one stands in the first.
        tensor.relation == .addend ? [S](repeating: 0, count: tensor.range.count) : tensor.elements(from: parameters)
      }
    }
    return (tensors, ModelMetadata(configuration: configuration, extras: extras))
  }

  /// Gradients as tensors for a file: `d.` + the parameter's name as the model file spells it, in the file's shape.
  ///
  /// A file with both of PyTorch's biases gets a gradient for each, and they are equal.
  ///
  /// - Parameters:
  ///   - gradients: One number for every parameter, in the order of ``layout``.
  ///   - names: How the model file spells its tensors.
  /// - Throws: `GatewiseError.shapeMismatch` where their number is not that of the parameters.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func gradientTensors(
    _ gradients: [S], names: ModelNames = ModelNames()
  ) throws(GatewiseError) -> [SafetensorsFile.NamedTensor] {
    guard gradients.count == layout.count else {
      throw .shapeMismatch(name: "the gradient vector", expected: [layout.count], found: [gradients.count])
    }
    return ModelTensor.table(configuration, layout, names).map { tensor in
      SafetensorsFile.NamedTensor("d.\(tensor.name)", SafetensorsFile.ElementType(S.dataType), shape: tensor.shape) {
        tensor.elements(from: gradients)
      }
    }
  }
}
