import Gatewise

// Input X of an LSTM node: the input of the layer.

extension GraphReader {
  /// The source of X, and its axes of time and batch.
  mutating func input(
    of node: Node, isBatchFirst: Bool, inputSize: Int
  ) throws(GatewiseError) -> (ONNXLayer<S>.Input, time: [Atom], batch: [Atom]) {
    let value = try operand(0, of: node)
    guard case .signal(let signal) = value, signal.rank == 3, signal.picks.isEmpty else {
      throw unreadable(.input, value, 0, of: node)
    }
    guard Extent(signal.axes[2])?.number ?? inputSize == inputSize else {
      throw node.problem("has a W for \(inputSize) inputs, but its X has a different number; write the file again")
    }
    let (time, batch) = isBatchFirst ? (signal.axes[1], signal.axes[0]) : (signal.axes[0], signal.axes[1])
    switch signal.base {
    case .input(let name, false):
      try require(time, batch, features: signal.axes[2], of: node)
      return (.graph(name), time, batch)
    case .embedding(let index):
      let table = tables[index]
      try require(time, batch, features: signal.axes[2], of: node)
      if graph.layers.isEmpty {
        graph.embedding = ONNXEmbedding(
          inputName: table.inputName, takesIndices: true,
          table: Tensor(checkedShape: table.numbers.stored, elements: try table.numbers.elements()))
      }
      return (.embedding, time, batch)
    case .affine(let index):
      // A linear map of the input is a table whose rows the input weights.
      let affine = affines[index]
      guard graph.layers.isEmpty, affine.bias == nil, affine.terms.count == 1,
        case .input(let name, false) = affine.terms[0].signal.base, affine.terms[0].signal.picks.isEmpty,
        signal.axes[2] == [affine.outputs]
      else { throw unreadable(.input, value, 0, of: node) }
      try require(time, batch, features: affine.terms[0].signal.axes.last ?? [], of: node)
      graph.embedding = ONNXEmbedding(inputName: name, takesIndices: false, table: affine.terms[0].weights)
      return (.embedding, time, batch)
    case .output(let index):
      let below = layerAxes[index]
      guard time == below.time, batch == below.batch else {
        throw node.problem("runs along another axis than \(graph.layers[index].name); export both along the same axis")
      }
      guard signal.axes[2] == below.direction + [below.hidden] else {
        throw node.problem(
          "reads only some outputs of \(graph.layers[index].name), or in another order; export it to read all in order"
        )
      }
      return (.layer(index), time, batch)
    default: throw unreadable(.input, value, 0, of: node)
    }
  }

  /// Checks that the axes of an input are separate, so that the model takes what the graph takes: one axis of steps,
  /// one of sequences or several adjacent ones, and features in their order.
  private func require(
    _ time: [Atom], _ batch: [Atom], features: [Atom], of node: Node
  ) throws(GatewiseError) {
    let (steps, sequences, features) = (time.ordinary, batch.ordinary, features.ordinary)
    guard steps.count <= 1, sequences.count <= 1 || steps.count == 1 else {
      throw node.problem(
        "runs along several axes of the graph's input that a reshape merges; export the model without the reshape")
    }
    guard features.areInOrder else {
      throw node.problem(
        "reads the features of the graph's input in another order after a transpose and a reshape; export the"
          + " model without them")
    }
  }
}

extension [Atom] {
  /// The axes that may have more than one element; the others do not matter.
  var ordinary: [Atom] { filter { $0.size != 1 } }

  /// Whether no axis moved between them, or from after one to before it.
  fileprivate var areInOrder: Bool { zip(self, dropFirst()).allSatisfy { $0.id < $1.id } }
}
