import Gatewise

// Inputs initial_h and initial_c of an LSTM node: `[D, N, H]`, or `[N, D, H]` in layout 1.

extension GraphReader {
  /// Returns the initial h or c of one direction.
  ///
  /// - Parameters:
  ///   - place: The index of the node's input.
  ///   - name: The name of the input in errors.
  ///   - batch: The axis of X with the sequences.
  func initialState(
    _ place: Int, _ name: String, _ direction: Int, _ layer: ONNXLayer<S>, _ batch: [Atom], _ node: Node
  ) throws(GatewiseError) -> ONNXLayer<S>.InitialState {
    guard !node.input(place).isEmpty else { return .zero }
    let value = try operand(place, of: node)
    let axis = layer.isBatchFirst ? 1 : 0
    switch value {
    case .numbers(let constant): return try initialState(constant, name, direction, layer, batch, node)
    case .signal(let signal):
      guard case .input(let input, false) = signal.base, layer.input != .graph(input), signal.rank == 3,
        signal.picks.count <= 1, signal.axes[axis].count <= 1
      else { break }
      let directions = layer.direction == .bidirectional ? 2 : 1
      let sizes = signal.axes.map { Extent($0)?.number }
      guard sizes[axis] ?? directions == directions, sizes[2] ?? layer.hiddenSize == layer.hiddenSize,
        let sequences = Extent(signal.axes[1 - axis]), let expected = Extent(batch),
        sequences.number == nil || sequences.fits(expected)
      else {
        throw node.problem(
          "has an \(name) of the shape [\(sizes.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))], but"
            + " \(Self.shapeText(of: layer, batch)) is expected; write the file again")
      }
      // The selected atom is the one of the directions, and no element of it is missing.
      guard let pick = signal.picks.first else { return .input(input, row: direction) }
      guard pick.value.count == directions, signal.axes[axis].first.map({ $0.id == pick.key }) ?? true else { break }
      return .input(input, row: pick.value.first + direction)
    default: break
    }
    throw unreadable(.state(name), value, place, of: node)
  }

  /// The row that is the initial state of every sequence.
  private func initialState(
    _ constant: Constant<S>, _ name: String, _ direction: Int, _ layer: ONNXLayer<S>, _ batch: [Atom], _ node: Node
  ) throws(GatewiseError) -> ONNXLayer<S>.InitialState {
    let (axis, row) = layer.isBatchFirst ? (1, 0) : (0, 1)
    let (extents, shape) = (constant.extents, constant.stored)
    let directions = layer.direction == .bidirectional ? 2 : 1
    let fits = extents.count == 3 && extents[axis].number == directions && extents[2].number == layer.hiddenSize
    guard fits, let sequences = Extent(batch), extents[row].fits(sequences) else {
      let sizes = extents.enumerated().map { place, extent in
        extent.number.map(String.init) ?? (place == row && extent == Extent(batch) ? "batch" : nil)
      }
      guard !sizes.contains(nil) else {
        throw node.problem(
          "has an \(name) that is repeated along an axis other than the sequences of its X; repeat it along that one")
      }
      let isProjected = name == "initial_c" && extents.count == 3 && (extents[2].number ?? 0) > layer.hiddenSize
      throw node.problem(
        "has an \(name) of the shape [\(sizes.compactMap(\.self).joined(separator: ", "))], but"
          + " \(Self.shapeText(of: layer, batch)) is expected; "
          + (isProjected
            ? "PyTorch exports an LSTM with proj_size so, without its projection: save its state_dict() as safetensors"
            : "write the file again"))
    }
    let elements = try constant.elements()
    // Zeros of the right shape are equivalent to no initial state.
    if elements.allSatisfy({ $0 == 0 && $0.sign == .plus }) { return .zero }
    let strides = [shape[1] * shape[2], shape[2]]
    let d = shape[axis] == 1 ? 0 : direction
    func numbers(_ n: Int) -> [S] {
      let start = d * strides[axis] + n * strides[row]
      let stored = elements[start..<start + shape[2]]
      return stored.count == layer.hiddenSize ? Array(stored) : Array(repeating: stored[start], count: layer.hiddenSize)
    }
    let first = numbers(0)
    guard (1..<shape[row]).allSatisfy({ numbers($0) == first }) else {
      throw node.problem("has a different \(name) for every sequence; export it as an input of the graph")
    }
    return .constant(first)
  }
}

extension GraphReader {
  /// The shape of a layer's initial states, for errors.
  private static func shapeText(of layer: ONNXLayer<S>, _ batch: [Atom]) -> String {
    let (d, n) = (layer.direction == .bidirectional ? "2" : "1", Extent(batch)?.number.map { "\($0)" } ?? "batch")
    return "[\(layer.isBatchFirst ? n : d), \(layer.isBatchFirst ? d : n), \(layer.hiddenSize)]"
  }
}

extension Extent {
  /// Whether the extent is that number, or one if the graph leaves it open: a file may be written for one.
  func fits(_ other: Extent) -> Bool {
    self == other || (other.number == nil && number.map { $0 > 0 } ?? false)
  }
}
