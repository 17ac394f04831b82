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
