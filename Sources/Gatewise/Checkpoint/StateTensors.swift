/// The state of a stack in a file: one tensor `[L·D, N, H]` where all layers have one H, else `name_l0` `[N, H]` and so
/// on, of a reverse direction `name_l0_reverse`.
public enum StateTensors {
  /// Tensors for a file.
  ///
  /// - Parameters:
  ///   - name: For example `hT`; with layers of different sizes the file gets `hT_l0`, `hT_l1` and so on.
  ///   - tensors: `[N, H]` for every direction of every layer, the lowest first.
  ///   - isBidirectional: whether a layer has two of them.
  public static func named<S: Scalar>(
    _ name: String, _ tensors: [Tensor<S>], isBidirectional: Bool = false
  ) -> [SafetensorsFile.NamedTensor] {
    if tensors.isEmpty { return [] }
    guard let first = tensors.first, tensors.allSatisfy({ $0.shape == first.shape }) else {
      return zip(suffixes(tensors.count, isBidirectional), tensors).map { .init(name + $0, $1) }
    }
    return [
      .init(name, SafetensorsFile.ElementType(S.dataType), shape: [tensors.count] + first.shape) {
        tensors.flatMap(\.elements)
      }
    ]
  }

  private static func suffixes(_ count: Int, _ isBidirectional: Bool) -> [String] {
    let directions = isBidirectional ? 2 : 1
    return (0..<count).map { LayerParameters.suffix($0 / directions, isReverse: $0 % directions == 1) }
  }

  /// One half of a state, `[N, H]` for every direction of every layer; nil where `file` does not hold it.
  ///
  /// - Parameters:
  ///   - name: For example `h0`.
  ///   - file: Where to read.
  ///   - widths: H of every layer, or what else the width of its part of the state is; the lowest layer first.
  ///   - batchSize: N.
  ///   - isBidirectional: Whether a layer has two widths.
  ///   - type: The number type of the tensors that are returned.
  /// - Throws: `GatewiseError.file` naming the tensor where a shape is not that of the model and the batch, or some of
  ///   the layers' tensors are missing.
  public static func read<S: Scalar>(
    _ name: String, from file: any TensorFile, widths: [Int], batchSize: Int, isBidirectional: Bool = false,
    as type: S.Type = S.self
  ) throws(GatewiseError) -> [Tensor<S>]? {
    guard let width = widths.first else { return nil }
    let layers = widths.count
    let areEqual = widths.allSatisfy { $0 == width }
    let layerNames = suffixes(layers, isBidirectional).map { name + $0 }
    let other = areEqual ? layerNames : [name]
    if let found = other.first(where: { file[$0] != nil }) {
      let expected =
        areEqual
        ? "layers of one size have their state in \(name) \([layers, batchSize, width])"
        : "layers of different sizes have their state in \(layerNames.joined(separator: ", "))"
      throw .file(path: file.path, problem: "has a tensor \(found), but \(expected); rename it.")
    }
    guard areEqual else {
      guard layerNames.contains(where: { file[$0] != nil }) else { return nil }
      var tensors: [Tensor<S>] = []
      for (layer, layerName) in layerNames.enumerated() {
        tensors.append(try tensor(layerName, in: file, shape: [batchSize, widths[layer]]))
      }
      return tensors
    }
    guard file[name] != nil else { return nil }
    let whole: Tensor<S> = try tensor(name, in: file, shape: [layers, batchSize, width])
    let count = batchSize * width
    return (0..<layers).map { layer in
      Tensor(
        checkedShape: [batchSize, width], elements: Array(whole.elements[(layer * count)..<((layer + 1) * count)]))
    }
  }

  private static func tensor<S: Scalar>(
    _ name: String, in file: any TensorFile, shape: [Int]
  ) throws(GatewiseError) -> Tensor<S> {
    if let found = file[name]?.shape, found != shape {
      throw .file(
        path: file.path, problem: "tensor \(name) has shape \(found), but the model and the batch call for \(shape).")
    }
    return try file.tensor(name)
  }
}

extension LSTMState {
  /// The state in `file`; nil where no part of it is there. A part that is missing is zero.
  ///
  /// - Parameters:
  ///   - file: Where to read.
  ///   - hidden: The name of h, `[L·D, N, H]`, or before `_l0` where layers differ in size.
  ///   - cell: The name of c, in the same manner.
  ///   - gates: That of the gates' activations, where they are part of the state.
  ///   - configuration: Of the model that takes the state.
  ///   - batchSize: N.
  /// - Throws: `GatewiseError.file` naming the tensor whose shape is not that of the model and the batch.
  public init?(
    in file: any TensorFile, hidden: String = "h0", cell: String = "c0", gates: String = "g0",
    for configuration: LSTMConfiguration, batchSize: Int
  ) throws(GatewiseError) {
    func read(_ name: String, _ widths: [Int]) throws(GatewiseError) -> [Tensor<S>]? {
      try StateTensors.read(
        name, from: file, widths: widths, batchSize: batchSize, isBidirectional: configuration.isBidirectional)
    }
    let hidden = try read(hidden, configuration.hiddenStateSizes)
    let cell = try read(cell, configuration.cellStateSizes)
    let gates = try read(gates, configuration.gateStateSizes)
    guard hidden != nil || cell != nil || gates != nil else { return nil }
    let zeros = LSTMState(zerosFor: configuration, batchSize: batchSize)
    self.init(hidden: hidden ?? zeros.hidden, cell: cell ?? zeros.cell, gates: gates ?? zeros.gates)
  }

  /// The state as tensors for a file: `[L·D, N, H]` where all layers have one H, else one `[N, H]` for every direction
  /// of every layer; gate activations only where they are part of the state.
  public func namedTensors(
    hidden: String = "hT", cell: String = "cT", gates: String = "gT", isBidirectional: Bool = false
  ) -> [SafetensorsFile.NamedTensor] {
    [(hidden, self.hidden), (cell, self.cell), (gates, self.gates)].flatMap {
      StateTensors.named($0, $1, isBidirectional: isBidirectional)
    }
  }
}
