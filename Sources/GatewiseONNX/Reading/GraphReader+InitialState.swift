import Gatewise

// Inputs initial_h and initial_c of an LSTM node: `[D, N, H]`, or `[N, D, H]` in layout 1.

extension GraphReader {
  /// h or c of one direction before the first step.
  ///
  /// - Parameters:
  ///   - place: which input of the node it is.
  ///   - name: how sentences call it.
  ///   - batch: the axis of sequences of X.
  func initialState(
    _ place: Int, _ name: String, _ direction: Int, _ layer: ONNXLayer<S>, _ batch: [Atom], _ node: Node
  ) throws(GatewiseError) -> ONNXLayer<S>.InitialState {
    guard !node.input(place).isEmpty else { return .zero }
    let value = try operand(place, of: node)
    let axis = layer.isBatchFirst ? 1 : 0
    switch value {
    case .numbers(let constant): return try initialState(constant, name, direction, layer, batch, node)
    case .signal(let signal):
      guard case .input(let input, false) = signal.base, signal.rank == 3, signal.picks.count <= 1,
        signal.axes[axis].count <= 1
      else { break }
      let pick = signal.picks.first
      // The picked atom is that of the directions, and none of its elements is missing.
      if let pick, let atom = signal.axes[axis].first, atom.id != pick.key { break }
      return .input(input, row: (pick?.value.first ?? 0) + direction)
    default: break
    }
    throw unreadable(node.input(place), value, for: node)
  }

  /// The row that every sequence begins with.
  private func initialState(
    _ constant: Constant<S>, _ name: String, _ direction: Int, _ layer: ONNXLayer<S>, _ batch: [Atom], _ node: Node
  ) throws(GatewiseError) -> ONNXLayer<S>.InitialState {
    let elements = try constant.elements()
    // Whatever the graph computes as their shape, zeros are no state.
    if elements.allSatisfy({ $0 == 0 && $0.sign == .plus }) { return .zero }
    let (axis, row) = layer.isBatchFirst ? (1, 0) : (0, 1)
    let (extents, shape) = (constant.extents, constant.stored)
    let directions = layer.direction == .bidirectional ? 2 : 1
    let fits = extents.count == 3 && extents[axis].number == directions && extents[2].number == layer.hiddenSize
    guard fits, let sequences = Extent(batch), extents[row].fits(sequences) else {
      guard extents.allSatisfy({ $0.number != nil }) else {
        throw node.problem(
          "has an \(name) that is repeated along another axis than the sequences of its X; repeat it along those alone")
      }
      let (d, n) = ("\(directions)", Extent(batch)?.number.map { "\($0)" } ?? "batch")
      throw node.problem(
        "has an \(name) of the shape \(extents.compactMap(\.number)), but "
          + "[\(layer.isBatchFirst ? n : d), \(layer.isBatchFirst ? d : n), \(layer.hiddenSize)] is expected;"
          + " write the file again")
    }
    let strides = [shape[1] * shape[2], shape[2]]
    let d = shape[axis] == 1 ? 0 : direction
    func numbers(_ n: Int) -> [S] {
      let start = d * strides[axis] + n * strides[row]
      let stored = elements[start..<start + shape[2]]
      return stored.count == layer.hiddenSize ? Array(stored) : Array(repeating: stored[start], count: layer.hiddenSize)
    }
    let first = numbers(0)
    guard (1..<shape[row]).allSatisfy({ numbers($0) == first }) else {
      throw node.problem("begins with a different \(name) for every sequence; export it as an input of the graph")
    }
    return .constant(first)
  }
}

extension Extent {
  /// Whether it is that many, or one number where the graph leaves open how many: a file may be written for one.
  fileprivate func fits(_ other: Extent) -> Bool {
    self == other || (other.number == nil && number.map { $0 > 0 } ?? false)
  }
}
