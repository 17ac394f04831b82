extension LSTMConfiguration {
  /// Infers the configuration from the names and shapes in a file without metadata; all other options have PyTorch's
  /// defaults.
  ///
  /// - Throws: `GatewiseError.file` if a tensor that determines a size is missing or not two-dimensional.
  init(inferredFrom file: any TensorFile, _ names: ModelNames) throws(GatewiseError) {
    // The rows of R are h or, with a projection, y; the projection's weights then give the number of cells.
    let isProjected = file[names.spelled("weight_hr_l0")] != nil
    let cellWeights = isProjected ? "weight_hr_l" : "weight_hh_l"
    var hiddenSizes: [Int] = []
    while file[names.spelled("weight_hh_l\(hiddenSizes.count)")] != nil {
      hiddenSizes.append(try Self.columns(of: "\(cellWeights)\(hiddenSizes.count)", in: file, names))
    }
    let hasHead = file[names.spelled("head.weight")] != nil
    let isEmbedded = file[names.spelled("embedding.weight")] != nil
    let embedding = try Self.extents(of: isEmbedded ? "embedding.weight" : "weight_ih_l0", in: file, names)
    self.init(
      inputSize: embedding[isEmbedded ? 0 : 1],
      hiddenSizes: hiddenSizes,
      isBidirectional: file[names.spelled("weight_hh_l0_reverse")] != nil,
      projection: isProjected ? Projection(size: try Self.extents(of: "weight_hr_l0", in: file, names)[0]) : nil,
      peepholes: file[names.spelled("peephole_l0")] != nil,
      embeddingSize: isEmbedded ? embedding[1] : nil,
      readout: hasHead ? Readout(outputSize: try Self.extents(of: "head.weight", in: file, names)[0]) : nil)
    // An h0 [L·D, N, H] for a batch in the file is data and not a parameter.
    let isOneTensor = Set(hiddenStateSizes).count == 1
    learnsInitialState =
      isOneTensor ? file[names.spelled("h0")]?.shape.count == 2 : file[names.spelled("h0_l0")]?.shape.count == 1
  }

  /// Whether the configuration can be inferred from names and shapes, so that a file needs no metadata.
  package var isSaidByNames: Bool {
    self
      == LSTMConfiguration(
        inputSize: inputSize, hiddenSizes: hiddenSizes, isBidirectional: isBidirectional,
        projection: projection.map { Projection(size: $0.size) }, peepholes: peepholes, embeddingSize: embeddingSize,
        learnsInitialState: learnsInitialState, readout: readout.map { Readout(outputSize: $0.outputSize) })
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
