extension LSTM {
  /// Reads the model in the file at `path`, with its weights converted to `S`; see ``ModelFile`` for the format.
  ///
  ///     let model = try LSTM<Float>(contentsOf: "model.safetensors")
  ///
  /// - Throws: `GatewiseError.file` if the file is not a model or cannot be read.
  public init(contentsOf path: String) throws(GatewiseError) {
    self = try ModelFile(contentsOf: path).model(as: S.self)
  }

  /// Loads those of this model's tensors that the file at `path` has, by name, and keeps all others: for example the
  /// lower layers of another model, or only an embedding.
  ///
  /// - Parameters:
  ///   - path: A safetensors file; its other tensors are ignored.
  ///   - prefix: The prefix of the names in the file.
  /// - Returns: The names of the loaded parameters, without the prefix.
  /// - Throws: `GatewiseError.file` if the file cannot be read, a tensor has a shape that differs from the model's, or
  ///   it has none of the model's tensors. The model is then unchanged.
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
          problem: "tensor \(quoted(tensor.name)) has shape \(found.shape), but this model expects \(tensor.shape).")
      }
      tensor.store(found.elements, in: &changed)
      taken += layout.entries.filter { tensor.range.contains($0.offset) && !taken.contains($0.name) }.map(\.name)
    }
    guard !taken.isEmpty else {
      throw .file(
        path: path, problem: "has no tensor with a name of this model; give the prefix of the names.")
    }
    parameters = changed
    return taken
  }

  /// Writes the model atomically as a safetensors file that `safetensors.torch.load_file` reads.
  ///
  /// - Parameters:
  ///   - path: The path of the file. An existing file is replaced only when the new one is complete.
  ///   - names: The names of the tensors, for example ``ModelFile/names`` of the file that the model was read from.
  ///   - extras: Text to store with the model, for example a vocabulary; ``ModelFile/extras`` returns it.
  /// - Throws: `GatewiseError.notFinite` if a parameter is NaN or infinite, `GatewiseError.file` if the file cannot be
  ///   written. An existing file is then unchanged.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func write(
    to path: String, names: ModelNames = ModelNames(), extras: [String: String] = [:]
  ) throws(GatewiseError) {
    let (tensors, metadata) = try content(for: path, names: names, extras: extras)
    try SafetensorsFile.write(tensors, metadata: [ModelMetadata.key: metadata.json], to: path)
  }

  /// Returns the content of a model file at `path`, for any file format.
  ///
  /// - Throws: `GatewiseError.notFinite` if a parameter is NaN or infinite.
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
        // PyTorch adds its two biases; the first one has the value.
        tensor.relation == .addend ? [S](repeating: 0, count: tensor.range.count) : tensor.elements(from: parameters)
      }
    }
    return (tensors, ModelMetadata(configuration: configuration, extras: extras))
  }

  /// Returns gradients as tensors for a file, named `d.` + the parameter's name in the model file, in the file's shape.
  ///
  /// If the file has both of PyTorch's biases, it gets a gradient for each, and they are equal.
  ///
  /// - Parameters:
  ///   - gradients: The gradient, `[P]` in the order of ``layout``.
  ///   - names: The names of the tensors in the model file.
  /// - Throws: `GatewiseError.shapeMismatch` if the number of elements is not P.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func gradientTensors(
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
