import Gatewise

// Arrays named arr_0, arr_1 and so on, as by numpy.savez(path, *model.get_weights()).

extension KerasWeights {
  /// Returns the arrays in the order of their numbers; nil if they have other names.
  static func inOrder(_ arrays: [Array]) -> [Array]? {
    var numbered: [(number: Int, array: Array)] = []
    for array in arrays {
      guard array.name.hasPrefix("arr_"), let number = Int(array.name.dropFirst(4)) else { return nil }
      numbered.append((number, array))
    }
    return numbered.sorted { $0.number < $1.number }.map(\.array)
  }

  /// Identifies the arrays by their shapes.
  ///
  /// - Throws: `GatewiseError.file` naming the array that does not belong to a model.
  static func parts(byShape arrays: [Array], path: String) throws(GatewiseError) -> Parts {
    var parts = Parts()
    var rest = arrays[...]
    // An Embedding [V, M] is not a kernel, since a recurrent kernel [M, 4M] would have to follow it.
    if rest.count > 1, rest[0].shape.count == 2, cell(rest) == nil, cell(rest.dropFirst()) != nil {
      parts.embedding = rest.removeFirst()
    }
    while let next = cell(rest) {
      parts.cells.append(next)
      rest = rest.dropFirst(next.bias == nil ? 2 : 3)
    }
    if let kernel = rest.first, kernel.shape.count == 2, !parts.cells.isEmpty {
      let bias = rest.dropFirst().first.flatMap { $0.shape == [kernel.shape[1]] ? $0 : nil }
      parts.dense = Dense(kernel: kernel, bias: bias)
      rest = rest.dropFirst(bias == nil ? 1 : 2)
    }
    if let array = rest.first {
      throw .file(
        path: path,
        problem: "array \(quoted(array.name)) \(array.shape) is not part of a supported model: an optional Embedding, "
          + "LSTM layers and an optional Dense layer, in the order of get_weights().")
    }
    return parts
  }

  /// Returns the LSTM layer at the beginning of the arrays; nil if they begin with something else.
  private static func cell(_ arrays: ArraySlice<Array>) -> Cell? {
    guard arrays.count >= 2 else { return nil }
    let (kernel, recurrent) = (arrays[arrays.startIndex], arrays[arrays.startIndex + 1])
    guard kernel.shape.count == 2, recurrent.shape.count == 2, kernel.shape[1] == recurrent.shape[1],
      recurrent.shape[1].isMultiple(of: 4), recurrent.shape[0] == recurrent.shape[1] / 4
    else { return nil }
    let bias = arrays.dropFirst(2).first.flatMap { $0.shape == [kernel.shape[1]] ? $0 : nil }
    return Cell(kernel: kernel, recurrentKernel: recurrent, bias: bias)
  }
}
