/// The state of a stack in a file: one tensor `[L·D, N, H]` if all layers have the same H, otherwise `name_l0` `[N, H]`
/// and so on, with `name_l0_reverse` for a reverse direction.
package enum StateTensors {
  /// Returns the tensors for a file.
  ///
  /// - Parameters:
  ///   - name: For example `hT`; layers of different sizes have the names `hT_l0`, `hT_l1` and so on.
  ///   - tensors: `[N, H]` for every direction of every layer, the lowest first.
  ///   - isBidirectional: Whether a layer has two tensors.
  package static func named<S: Scalar>(
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

  /// Reads one part of a state, `[N, H]` for every direction of every layer; nil if `file` does not have it.
  ///
  /// - Parameters:
  ///   - name: For example `h0`.
  ///   - file: The file to read.
  ///   - widths: The width of the part in every direction of every layer, for example H; the lowest layer first.
  ///   - batchSize: N.
  ///   - isBidirectional: Whether a layer has two widths.
  ///   - type: The number type of the returned tensors.
  /// - Throws: `GatewiseError.file` that names the tensor if a shape does not match the model and the batch, or some of
  ///   the layers' tensors are missing.
  package static func read<S: Scalar>(
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
        ? "the state of layers of the same size must be in \(name) \([layers, batchSize, width])"
        : "the state of layers of different sizes must be in \(layerNames.joined(separator: ", "))"
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
        path: file.path, problem: "tensor \(name) has shape \(found), but the model and the batch require \(shape).")
    }
    return try file.tensor(name)
  }
}

extension LSTMState {
  /// Reads the state in `file`; nil if it has no part of it. A missing part is zero.
  ///
  /// - Parameters:
  ///   - file: The file to read.
  ///   - hidden: The name of h, `[L·D, N, H]`, or the name before `_l0` if layers differ in size.
  ///   - cell: The name of c, in the same form.
  ///   - gates: The name of the gate activations, if they are part of the state.
  ///   - configuration: The configuration of the model.
  ///   - batchSize: N.
  /// - Throws: `GatewiseError.file` that names the tensor whose shape does not match the model and the batch.
  package init?(
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

  /// Returns the state as tensors for a file: `[L·D, N, H]` if all layers have the same H, otherwise one `[N, H]` for
  /// every direction of every layer; gate activations only if they are part of the state.
  package func namedTensors(
    hidden: String = "hT", cell: String = "cT", gates: String = "gT", isBidirectional: Bool = false
  ) -> [SafetensorsFile.NamedTensor] {
    [(hidden, self.hidden), (cell, self.cell), (gates, self.gates)].flatMap {
      StateTensors.named($0, $1, isBidirectional: isBidirectional)
    }
  }
}
