extension LSTMConfiguration {
  /// Infers the configuration from the names and shapes in a file without metadata; all other options have PyTorch's
  /// defaults.
  ///
  /// - Throws: `GatewiseError.file` if a tensor that determines a size is missing or not two-dimensional.
  init(inferredFrom file: any TensorFile, _ names: ModelNames) throws(GatewiseError) {
    self.init(inputSize: 0, hiddenSizes: [])
    let cellWeights = try inferOutputs { (name) throws(GatewiseError) in
      file[names.spelled(name)] == nil ? nil : try Self.extents(of: name, in: file, names)
    }
    while file[names.spelled("weight_hh_l\(layerCount)")] != nil {
      hiddenSizes.append(try Self.columns(of: "\(cellWeights)\(layerCount)", in: file, names))
    }
    let isEmbedded = file[names.spelled("embedding.weight")] != nil
    let embedding = try Self.extents(of: isEmbedded ? "embedding.weight" : "weight_ih_l0", in: file, names)
    inputSize = embedding[isEmbedded ? 0 : 1]
    embeddingSize = isEmbedded ? embedding[1] : nil
    isBidirectional = file[names.spelled("weight_hh_l0_reverse")] != nil
    peepholes = file[names.spelled("peephole_l0")] != nil
    if file[names.spelled("head.weight")] != nil {
      readout = Readout(outputSize: try Self.extents(of: "head.weight", in: file, names)[0])
    }
    // An h0 [L·D, N, H] for a batch in the file is data and not a parameter.
    let isOneTensor = Set(hiddenStateSizes).count == 1
    learnsInitialState =
      isOneTensor ? file[names.spelled("h0")]?.shape.count == 2 : file[names.spelled("h0_l0")]?.shape.count == 1
  }

  /// Whether the configuration can be inferred from names and shapes, so that a file needs no metadata.
  package var isSaidByNames: Bool {
    var said = sizesAlone
    (said.peepholes, said.learnsInitialState) = (peepholes, learnsInitialState)
    said.readout = readout.map { Readout(outputSize: $0.outputSize) }
    return self == said
  }

  private static func columns(
    of name: String, in file: any TensorFile, _ names: ModelNames
  ) throws(GatewiseError) -> Int {
    try extents(of: name, in: file, names)[1]
  }

  private static func extents(
    of name: String, in file: any TensorFile, _ names: ModelNames
  ) throws(GatewiseError) -> [Int] {
    let spelled = names.spelled(name)
    guard let entry = file[spelled] else {
      throw .file(path: file.path, problem: "has no tensor \(quoted(spelled)); write the file again.")
    }
    guard entry.shape.count == 2 else {
      throw .file(
        path: file.path,
        problem:
          "tensor \(quoted(spelled)) has shape \(entry.shape), but two dimensions are expected; write the file again.")
    }
    return entry.shape
  }
}
