import Gatewise

/// The weights of a Keras model of LSTM layers, optionally with an Embedding before and a Dense layer after them.
///
/// The arrays are those of `model.get_weights()`: for a `keras.layers.LSTM` its kernel `[I, 4H]`, recurrent kernel `[H,
/// 4H]` and bias `[4H]`; for a `Bidirectional` those of both directions. They are identified by their names, Keras'
/// paths, or, if they are named arr_0, arr_1 and so on, by their shapes and order.
public struct KerasWeights: Sendable {
  /// An array of the file.
  struct Array: Sendable, Equatable {
    let name: String
    let shape: [Int]
  }

  /// The arrays of one direction of an LSTM layer.
  struct Cell: Sendable, Equatable {
    let kernel: Array
    let recurrentKernel: Array
    let bias: Array?

    var inputSize: Int { kernel.shape[0] }
    var hiddenSize: Int { recurrentKernel.shape[0] }
  }

  /// A Dense layer.
  struct Dense: Sendable, Equatable {
    let kernel: Array
    let bias: Array?
  }

  /// The arrays by their roles, in order.
  struct Parts: Sendable, Equatable {
    var embedding: Array?
    /// The LSTM layers; for a bidirectional layer, the forward direction.
    var cells: [Cell] = []
    /// The reverse directions if the names tell them; nil if shapes have to.
    var reverseCells: [Cell]?
    var dense: Dense?
  }

  let file: any TensorFile
  let embedding: Array?
  /// The directions of every layer, lowest layer first.
  let layers: [[Cell]]
  let dense: Dense?

  /// Finds the weights of a model among the arrays of a NumPy archive.
  ///
  /// - Throws: `GatewiseError.file`, naming the array, if an array does not belong to such a model, or sizes do not
  ///   match.
  public init(_ file: NPZFile) throws(GatewiseError) { try self.init(file as any TensorFile) }

  /// Finds the weights of a model among the arrays of a file.
  ///
  /// - Throws: `GatewiseError.file`, naming the array, if an array does not belong to such a model, or sizes do not
  ///   match.
  package init(_ file: any TensorFile) throws(GatewiseError) {
    let arrays = file.entries.map { Array(name: $0.name, shape: $0.shape) }
    // Without zeros, extents are bounded by the size of the file.
    if let empty = arrays.first(where: { $0.shape.contains(0) }) {
      throw .file(
        path: file.path, problem: "array \(quoted(empty.name)) \(empty.shape) is empty; save a model that has weights.")
    }
    let parts =
      if let inOrder = Self.inOrder(arrays) {
        try Self.parts(byShape: inOrder, path: file.path)
      } else {
        try Self.parts(byName: arrays, path: file.path)
      }
    self.file = file
    (embedding, dense) = (parts.embedding, parts.dense)
    layers = try Self.layers(of: parts, path: file.path)
  }

  /// The number type that represents the weights exactly.
  public var dataType: DataType {
    file.entries.contains { $0.elementType == .float64 } ? .float64 : .float32
  }

  /// Whether the layers are bidirectional.
  var isBidirectional: Bool { layers[0].count == 2 }

  // MARK: Layers

  private static func layers(of parts: Parts, path: String) throws(GatewiseError) -> [[Cell]] {
    guard !parts.cells.isEmpty else {
      throw .file(
        path: path,
        problem: "holds no LSTM: neither PyTorch's weight_hh_l0 nor an array [H, 4H] after an array [I, 4H], as "
          + "Keras' get_weights() has them.")
    }
    if let reverse = parts.reverseCells {
      guard reverse.isEmpty || reverse.count == parts.cells.count else {
        throw .file(
          path: path,
          problem: "has \(parts.cells.count) forward and \(reverse.count) backward LSTM layers; Gatewise requires "
            + "all layers to be bidirectional, or none.")
      }
      let layers = reverse.isEmpty ? parts.cells.map { [$0] } : zip(parts.cells, reverse).map { [$0, $1] }
      if let misfit = misfit(layers, parts) { throw .file(path: path, problem: misfit) }
      return layers
    }
    // By shapes alone, a bidirectional layer is two consecutive cells.
    let cells = parts.cells
    let stacked = cells.map { [$0] }
    let isEven = cells.count.isMultiple(of: 2)
    let paired = isEven ? stride(from: 0, to: cells.count, by: 2).map { [cells[$0], cells[$0 + 1]] } : stacked
    switch (misfit(stacked, parts), isEven ? misfit(paired, parts) : "") {
    case (nil, nil):
      throw .file(
        path: path,
        problem: "may be \(cells.count) LSTM layers, or \(cells.count / 2) bidirectional; save the arrays under Keras' "
          + "paths: numpy.savez(path, **dict(zip([w.path for w in model.weights], model.get_weights()))).")
    case (nil, _): return stacked
    case (_, nil): return paired
    case (let problem?, _): throw .file(path: path, problem: problem)
    }
  }

  /// Describes what does not fit in a stack of layers; nil if everything does.
  private static func misfit(_ layers: [[Cell]], _ parts: Parts) -> String? {
    var inputSize = parts.embedding?.shape[1] ?? layers[0][0].inputSize
    for layer in layers {
      for cell in layer {
        let hiddenSize = layer[0].hiddenSize
        let expected: [(Array?, [Int])] = [
          (cell.kernel, [inputSize, 4 * hiddenSize]), (cell.recurrentKernel, [hiddenSize, 4 * hiddenSize]),
          (cell.bias, [4 * hiddenSize]),
        ]
        for case (let array?, let shape) in expected where array.shape != shape {
          return "array \(quoted(array.name)) has shape \(array.shape), but the arrays before it require \(shape)."
        }
      }
      inputSize = layer.count * layer[0].hiddenSize
    }
    guard let dense = parts.dense, dense.kernel.shape[0] != inputSize else { return nil }
    return "array \(quoted(dense.kernel.name)) has shape \(dense.kernel.shape), but the layers below output "
      + "\(inputSize) numbers."
  }
}
