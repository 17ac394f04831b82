import Gatewise

// The LSTM operator of versions 1, 7, 14 and 22: X, W, R, B, sequence_lens, initial_h, initial_c, P.

extension GraphReader {
  /// Reads an LSTM node, adds its layer to the graph, and returns Y, Y_h, Y_c.
  mutating func readLSTM(_ node: Node) throws(GatewiseError) -> [Value<S>] {
    guard let direction = ONNXLayer<S>.Direction(rawValue: node.text("direction") ?? "forward") else {
      throw node.problem("has the unknown direction \(quoted(node.text("direction") ?? ""))")
    }
    try checkAttributes(of: node)
    let isBatchFirst = try isSet("layout", of: node)
    let count = direction == .bidirectional ? 2 : 1
    let (inputWeights, recurrentWeights) = (try weights(1, "W", of: node), try weights(2, "R", of: node))
    let hidden = recurrentWeights.stored[2]
    try require(inputWeights, [count, 4 * hidden, inputWeights.stored[2]], "W", node)
    try require(recurrentWeights, [count, 4 * hidden, hidden], "R", node)
    guard hidden >= 1, inputWeights.stored[2] >= 1, node.integer("hidden_size") ?? hidden == hidden else {
      throw node.problem(
        "has hidden_size \(node.integer("hidden_size") ?? 0), but its R has the shape \(recurrentWeights.stored)")
    }
    let (input, time, batch) = try input(of: node, isBatchFirst: isBatchFirst, inputSize: inputWeights.stored[2])
    let atoms = LayerAxes(
      time: time, batch: batch, direction: count == 2 ? [newAtom(2)] : [], hidden: newAtom(hidden))
    var layer = ONNXLayer<S>(
      name: node.name, input: input, direction: direction, inputSize: inputWeights.stored[2], hiddenSize: hidden,
      cells: [], clip: node.number("clip"), couplesInputAndForget: try isSet("input_forget", of: node),
      isBatchFirst: isBatchFirst, sequenceLengthsName: try sequenceLengths(of: node, steps: time, batch: batch))
    if let clip = layer.clip, !(clip > 0) || !clip.isFinite {
      throw node.problem("has the clip \(clip), but a positive number is expected")
    }
    let arrays = LSTMArrays(
      inputWeights: try inputWeights.elements(), recurrentWeights: try recurrentWeights.elements(),
      bias: try optional(3, "B", [count, 8 * hidden], node),
      peepholes: try optional(7, "P", [count, 3 * hidden], node),
      inputSize: layer.inputSize, hiddenSize: hidden)
    let functions = try activations(of: node, directions: count)
    for d in 0..<count {
      layer.cells.append(
        .init(
          inputWeights: arrays.inputWeights(d), recurrentWeights: arrays.recurrentWeights(d),
          inputBias: arrays.bias(d, part: 0), recurrentBias: arrays.bias(d, part: 1), peepholes: arrays.peepholes(d),
          gateActivation: functions[3 * d], inputActivation: functions[3 * d + 1],
          outputActivation: functions[3 * d + 2],
          initialHidden: try initialState(5, "initial_h", d, layer, batch, node),
          initialCell: try initialState(6, "initial_c", d, layer, batch, node)))
    }
    graph.layers.append(layer)
    layerAxes.append(atoms)
    let index = graph.layers.count - 1
    let (one, state) = (atoms.direction, [atoms.hidden])
    let output: Axes = isBatchFirst ? [batch, time, one, state] : [time, one, batch, state]
    let final: Axes = isBatchFirst ? [batch, one, state] : [one, batch, state]
    return [
      .signal(Signal(base: .output(index), axes: output)), .signal(Signal(base: .finalHidden(index), axes: final)),
      .signal(Signal(base: .finalCell(index), axes: final)),
    ]
  }

  private func weights(_ place: Int, _ letter: String, of node: Node) throws(GatewiseError) -> Constant<S> {
    let value = try operand(place, of: node)
    guard case .numbers(let constant) = value, constant.isWhole else {
      throw unreadable(.weights(letter), value, place, of: node)
    }
    guard constant.stored.count == 3 else {
      throw node.problem("has weights of the shape \(constant.stored), but three axes are expected")
    }
    return constant
  }

  private func optional(
    _ place: Int, _ letter: String, _ shape: [Int], _ node: Node
  ) throws(GatewiseError) -> [S]? {
    guard !node.input(place).isEmpty else { return nil }
    let value = try operand(place, of: node)
    guard case .numbers(let constant) = value, constant.isWhole else {
      throw unreadable(.weights(letter), value, place, of: node)
    }
    try require(constant, shape, letter, node)
    return try constant.elements()
  }

  private func require(
    _ constant: Constant<S>, _ shape: [Int], _ letter: String, _ node: Node
  ) throws(GatewiseError) {
    guard constant.stored == shape else {
      throw node.problem(
        "has \(letter) of the shape \(constant.stored), but \(shape) is expected; write the file again")
    }
  }

  private func sequenceLengths(
    of node: Node, steps: [Atom], batch: [Atom]
  ) throws(GatewiseError) -> String? {
    guard !node.input(4).isEmpty else { return nil }
    let value = try operand(4, of: node)
    switch value {
    case .signal(let signal):
      if case .input(let name, true) = signal.base, signal.rank == 1, signal.picks.isEmpty { return name }
    // Every sequence has all steps.
    case .extents(let extents, false):
      if let all = Extent(steps), let sequences = Extent(batch), Extent(extents.count).fits(sequences),
        extents.allSatisfy({ $0 == all })
      {
        return nil
      }
    default: break
    }
    throw unreadable(.lengths, value, 4, of: node)
  }

  /// The functions f, g, h of every direction.
  private func activations(of node: Node, directions: Int) throws(GatewiseError) -> [ONNXActivation] {
    var names = node.texts("activations")
    if names.isEmpty { names = Array(repeating: ["Sigmoid", "Tanh", "Tanh"], count: directions).flatMap(\.self) }
    guard names.count == 3 * directions else {
      throw node.problem("has \(names.count) activations, but \(3 * directions) are expected; write the file again")
    }
    // The scaling values are listed in the order of the functions that have any.
    var (alphas, betas) = (node.numbers("activation_alpha")[...], node.numbers("activation_beta")[...])
    var functions: [ONNXActivation] = []
    for name in names {
      guard let kind = ONNXActivation.Kind(name: name) else {
        throw node.problem("has the unknown activation \(quoted(name))")
      }
      let alpha = kind.defaultAlpha == nil ? nil : alphas.popFirst()
      let beta = kind.defaultBeta == nil ? nil : betas.popFirst()
      guard !kind.hasDisputedDefaults || alpha != nil && (kind.defaultBeta == nil || beta != nil) else {
        throw node.problem(
          "has the activation \(kind.rawValue) without a number for each of its scaling values, for which programs use"
            + " different defaults (ONNX Runtime 0); export it with activation_alpha and activation_beta")
      }
      functions.append(ONNXActivation(kind, alpha: alpha, beta: beta))
    }
    guard alphas.isEmpty, betas.isEmpty else {
      throw node.problem(
        "has \(node.numbers("activation_alpha").count) activation_alpha and \(node.numbers("activation_beta").count)"
          + " activation_beta, more than its activations need; write the file again")
    }
    guard functions.allSatisfy({ $0.alpha.isFinite && $0.beta.isFinite }) else {
      throw node.problem("has an activation_alpha or activation_beta that is not finite; write the file again")
    }
    return functions
  }
}
