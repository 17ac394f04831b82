import Gatewise

// Products with constants, sums, and functions after the layers.

extension GraphReader {
  mutating func matrixProduct(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .signal(let signal) = try operand(0, of: node),
      case .numbers(let constant) = try operand(1, of: node), constant.stored.count == 2, constant.isWhole
    else { return nil }
    return try affine(signal, Tensor(checkedShape: constant.stored, elements: constant.elements()), node)
  }

  mutating func generalProduct(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .signal(let signal) = try operand(0, of: node), signal.rank == 2, node.integer("transA") ?? 0 == 0,
      case .numbers(var constant) = try operand(1, of: node), constant.stored.count == 2, constant.isWhole
    else { return nil }
    if node.integer("transB") ?? 0 != 0 {
      try charge(constant.stored.reduce(1, *), for: node)
      constant = try constant.transposed([1, 0])
    }
    let (alpha, beta) = (S(node.number("alpha") ?? 1), S(node.number("beta") ?? 1))
    var weights = Tensor(checkedShape: constant.stored, elements: try constant.elements())
    if alpha != 1 { weights.elements = weights.elements.map { alpha * $0 } }
    let product = try affine(signal, weights, node)
    guard !node.input(2).isEmpty, let product else { return product }
    guard case .numbers(let bias) = try operand(2, of: node), case .signal(let sum) = product else { return nil }
    return try adding(bias, scale: beta, to: sum, node)
  }

  /// An affine map of a signal's last axis.
  private mutating func affine(
    _ signal: Signal, _ weights: Tensor<S>, _ node: Node
  ) throws(GatewiseError) -> Value<S>? {
    switch signal.base {
    case .affine, .function, .finalCell: return nil
    default: break
    }
    guard let last = signal.axes.last, signal.rank <= 4, Extent(last)?.number ?? weights.shape[0] == weights.shape[0]
    else {
      throw node.problem(
        "multiplies by a matrix of the shape \(weights.shape), which does not fit its input; write the file again")
    }
    let outputs = newAtom(weights.shape[1])
    affines.append(Affine(terms: [(signal, weights)], bias: nil, outputs: outputs, name: node.name))
    var result = Signal(base: .affine(affines.count - 1), axes: signal.axes)
    result.axes[signal.rank - 1] = [outputs]
    return .signal(result)
  }

  mutating func add(_ node: Node) throws(GatewiseError) -> Value<S>? {
    // Before version 7 an attribute could align the second operand with other axes of the first.
    if node.attribute("axis") != nil { return nil }
    switch (try operand(0, of: node), try operand(1, of: node)) {
    case (.signal(let signal), .numbers(let bias)), (.numbers(let bias), .signal(let signal)):
      return try adding(bias, scale: 1, to: signal, node)
    case (.signal(let a), .signal(let b)):
      guard case .affine(let first) = a.base, case .affine(let second) = b.base, a.axes.dropLast() == b.axes.dropLast(),
        a.axes.last == [affines[first].outputs], b.axes.last == [affines[second].outputs],
        affines[first].outputs.size == affines[second].outputs.size, a.picks == b.picks,
        affines[first].terms.count + affines[second].terms.count <= 4
      else { return nil }
      var sum = affines[first]
      sum.terms += affines[second].terms
      if let more = affines[second].bias { sum.bias = sum.bias.map { zip($0, more).map(+) } ?? more }
      affines.append(sum)
      return .signal(Signal(base: .affine(affines.count - 1), axes: a.axes, picks: a.picks))
    default: return nil
    }
  }

  private mutating func adding(
    _ constant: Constant<S>, scale: S, to signal: Signal, _ node: Node
  ) throws(GatewiseError) -> Value<S>? {
    guard case .affine(let index) = signal.base, let outputs = affines[index].outputs.size,
      signal.axes.last == [affines[index].outputs], constant.stored.dropLast().allSatisfy({ $0 == 1 }),
      constant.stored.last == outputs || constant.stored.last ?? 1 == 1, constant.stored.count <= signal.rank
    else { return nil }
    // The sum has the shape of the signal.
    let axes = signal.axes.suffix(constant.extents.count)
    guard zip(constant.extents, axes).allSatisfy({ $0.number == 1 || $0 == Extent($1) }) else { return nil }
    var bias = try constant.elements()
    guard !bias.isEmpty else { return nil }
    if bias.count == 1 { bias = Array(repeating: bias[0], count: outputs) }
    if scale != 1 { bias = bias.map { scale * $0 } }
    var sum = affines[index]
    sum.bias = sum.bias.map { zip($0, bias).map(+) } ?? bias
    affines.append(sum)
    var result = signal
    result.base = .affine(affines.count - 1)
    return .signal(result)
  }

  mutating func function(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .signal(let signal) = try operand(0, of: node), let kind = ONNXOutputFunction(rawValue: node.kind),
      signal.rank > 0
    else { return nil }
    switch signal.base {
    case .affine, .output, .finalHidden: break
    default: return nil
    }
    if kind != .sigmoid {
      // Before version 13 the default was 1, and all axes from there on were merged.
      let axis = try axis(node.integer("axis") ?? (opset < 13 ? 1 : -1), rank: signal.rank, of: node)
      guard axis == signal.rank - 1, signal.axes[axis] == features(of: signal) else { return nil }
    }
    functions.append((kind, signal))
    return .signal(Signal(base: .function(functions.count - 1), axes: signal.axes))
  }

  /// The axis of the outputs of a step, as in a model; nil if a model has no such signal.
  func features(of signal: Signal) -> [Atom]? {
    switch signal.base {
    case .affine(let index): [affines[index].outputs]
    case .output(let index), .finalHidden(let index), .finalCell(let index):
      layerAxes[index].direction + [layerAxes[index].hidden]
    case .function(let index): features(of: functions[index].of)
    case .input, .embedding: nil
    }
  }
}
