import Gatewise

// Arrays under Keras' paths: lstm/lstm_cell/kernel or lstm/lstm_cell/kernel:0, or as in a .weights.h5 file of Keras 3,
// layers/lstm/cell/vars/0.

extension KerasWeights {
  /// The role of an array in its layer.
  private enum Kind { case kernel, recurrentKernel, bias, embeddings }

  /// The arrays of one layer, or of one direction of a layer.
  private struct Layer {
    let path: String
    var arrays: [Kind: Array] = [:]

    var isReverse: Bool { path.split(separator: "/").contains { $0.hasPrefix("backward") } }
  }

  /// Identifies the arrays by their names, with layers in the order in which they appear.
  ///
  /// - Throws: `GatewiseError.file` naming the array that does not belong to a model.
  static func parts(byName arrays: [Array], path: String) throws(GatewiseError) -> Parts {
    var (layers, indices): ([Layer], [String: Int]) = ([], [:])
    for array in arrays {
      guard let (layer, kind) = place(of: array), array.shape.count == (kind == .bias ? 1 : 2) else {
        throw unknown(array, path)
      }
      let index = indices[layer] ?? layers.count
      if index == layers.count {
        indices[layer] = index
        layers.append(Layer(path: layer))
      }
      guard layers[index].arrays[kind] == nil else { throw unknown(array, path) }
      layers[index].arrays[kind] = array
    }
    var parts = Parts(reverseCells: [])
    for layer in layers {
      let (kernel, recurrent, bias) = (layer.arrays[.kernel], layer.arrays[.recurrentKernel], layer.arrays[.bias])
      if let kernel, let recurrent {
        let cell = Cell(kernel: kernel, recurrentKernel: recurrent, bias: bias)
        if layer.isReverse { parts.reverseCells?.append(cell) } else { parts.cells.append(cell) }
      } else if let kernel, recurrent == nil, parts.dense == nil {
        parts.dense = Dense(kernel: kernel, bias: bias)
      } else if let embeddings = layer.arrays[.embeddings], layer.arrays.count == 1, parts.embedding == nil {
        parts.embedding = embeddings
      } else if let array = layer.arrays.values.min(by: { $0.name < $1.name }) {
        throw unknown(array, path)
      }
    }
    if let bias = parts.dense?.bias, let kernel = parts.dense?.kernel, bias.shape != [kernel.shape[1]] {
      throw .file(
        path: path,
        problem: "array \(quoted(bias.name)) has shape \(bias.shape), but \(quoted(kernel.name)) requires "
          + "\([kernel.shape[1]]).")
    }
    return parts
  }

  /// Returns the layer of a name, and the role of the array in it; nil for a name that is not Keras'.
  private static func place(of array: Array) -> (layer: String, kind: Kind)? {
    var name = array.name
    if let colon = name.lastIndex(of: ":"), Int(name[name.index(after: colon)...]) != nil {
      name = String(name[..<colon])
    }
    let path = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let last = path.last, path.first != "optimizer" else { return nil }
    let layer = path.dropLast()
    switch last {
    case "kernel": return (layer.joined(separator: "/"), .kernel)
    case "recurrent_kernel": return (layer.joined(separator: "/"), .recurrentKernel)
    case "bias": return (layer.joined(separator: "/"), .bias)
    case "embeddings": return (layer.joined(separator: "/"), .embeddings)
    default: break
    }
    guard let number = Int(last), layer.last == "vars" else { return nil }
    let owner = layer.dropLast()
    let kinds: [Kind] =
      owner.last == "cell"
      ? [.kernel, .recurrentKernel, .bias]
      : owner.last?.hasPrefix("embedding") == true ? [.embeddings] : [.kernel, .bias]
    return kinds.indices.contains(number) ? (owner.joined(separator: "/"), kinds[number]) : nil
  }

  private static func unknown(_ array: Array, _ path: String) -> GatewiseError {
    .file(
      path: path,
      problem: "array \(quoted(array.name)) \(array.shape) is not part of a supported model: an Embedding, LSTM "
        + "layers and one Dense layer under Keras' names, or PyTorch's weight_ih_l0 and so on; save those arrays alone."
    )
  }
}
