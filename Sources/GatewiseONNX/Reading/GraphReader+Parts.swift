import Gatewise

// Nodes that select parts of their input, or concatenate parts.

extension GraphReader {
  mutating func gather(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let (input, indices) = (try operand(0, of: node), try operand(1, of: node))
    if case .numbers(let table) = input, case .signal(let signal) = indices {
      return try lookUp(table, signal, node)
    }
    guard case .extents(let list, let isScalar) = indices else { return nil }
    let numbers = list.compactMap(\.number)
    guard numbers.count == list.count, !numbers.isEmpty else { return nil }
    if case .extents(let extents, false) = input {
      guard numbers.allSatisfy({ $0 >= -extents.count && $0 < extents.count }) else {
        throw node.problem("selects elements \(numbers.prefix(8)) of \(extents.count); write the file again")
      }
      return .extents(numbers.map { extents[$0 < 0 ? $0 + extents.count : $0] }, isScalar: isScalar)
    }
    // One element; its axis is kept if the index is a list.
    guard numbers.count == 1, let rank = input.rank, rank > 0 else { return nil }
    let axis = try axis(node.integer("axis") ?? 0, rank: rank, of: node)
    return try part(of: input, axis: axis, first: numbers[0], count: 1, dropsAxis: isScalar, node)
  }

  /// Rows of a table selected by an input of the graph: an embedding.
  private mutating func lookUp(
    _ table: Constant<S>, _ indices: Signal, _ node: Node
  ) throws(GatewiseError) -> Value<S>? {
    guard table.stored.count == 2, table.isWhole, node.integer("axis") ?? 0 == 0, indices.picks.isEmpty,
      case .input(let name, true) = indices.base
    else { return nil }
    tables.append((name, table))
    return .signal(
      Signal(base: .embedding(tables.count - 1), axes: indices.axes + [[newAtom(table.stored[1])]]))
  }

  mutating func slice(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let input = try operand(0, of: node)
    guard let starts = try integers(1, or: "starts", of: node), let ends = try integers(2, or: "ends", of: node) else {
      throw node.problem("lacks its starts or ends; write the file again")
    }
    let axes = try integers(3, or: "axes", of: node) ?? Array(starts.indices)
    let steps = try integers(4, or: "steps", of: node) ?? starts.map { _ in 1 }
    guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.problem("has \(starts.count) starts and \(ends.count) ends; write the file again")
    }
    guard steps.allSatisfy({ $0 == 1 }) else { return nil }
    if case .extents(let extents, false) = input {
      guard starts.count == 1 else { return nil }
      let first = place(starts[0], in: extents.count)
      return .extents(Array(extents[first..<max(first, place(ends[0], in: extents.count))]), isScalar: false)
    }
    var value = input
    for ((start, end), number) in zip(zip(starts, ends), axes) {
      guard let rank = value.rank else { return nil }
      let axis = try axis(number, rank: rank, of: node)
      guard let (first, count) = range(of: value, axis: axis, start: start, end: end) else { return nil }
      if count == nil { continue }
      guard let part = try part(of: value, axis: axis, first: first, count: count!, node) else { return nil }
      value = part
    }
    return value
  }

  /// The range that a slice selects from an axis: the first element and the count, which is nil if it selects all.
  private func range(of value: Value<S>, axis: Int, start: Int, end: Int) -> (first: Int, count: Int?)? {
    if let size = size(of: value, axis: axis) {
      let first = place(start, in: size)
      let count = place(end, in: size) - first
      return count == size ? (0, nil) : count > 0 ? (first, count) : nil
    }
    let isToEnd = end >= Int(Int32.max)
    if start == 0 && isToEnd { return (0, nil) }
    if start == 0 && end == 1 { return (0, 1) }
    return start == -1 && isToEnd ? (-1, 1) : nil
  }

  private func size(of value: Value<S>, axis: Int) -> Int? {
    switch value {
    case .numbers(let constant): constant.extents[axis].number
    case .signal(let signal): Extent(signal.axes[axis])?.number
    case .joined(let parts, let joint):
      joint == axis
        ? joinedCounts(parts, axis: axis).map { $0.reduce(0, +) }
        : parts.first.flatMap { Extent($0.axes[axis])?.number }
    case .extents, .unknown: nil
    }
  }

  /// Selects some elements of an axis; nil if the part has no meaning of its own.
  private mutating func part(
    of value: Value<S>, axis: Int, first: Int, count: Int, dropsAxis: Bool = false, _ node: Node
  ) throws(GatewiseError) -> Value<S>? {
    switch value {
    case .numbers(let constant):
      guard let size = constant.extents[axis].number ?? (constant.stored[axis] == 1 ? 1 : nil) else { return nil }
      try charge(constant.stored.reduce(1, *), for: node)
      let start = first < 0 ? first + size : first
      guard let part = try constant.picked(axis: axis, first: start, count: count) else { return nil }
      return dropsAxis ? part.withAxes(removed: [axis]).map { .numbers($0) } : .numbers(part)
    case .signal(let signal):
      return signal.picked(axis: axis, first: first, count: count, dropsAxis: dropsAxis)
        .map { .signal(canonical($0)) }
    case .joined(let parts, let joint):
      guard joint == axis, let counts = joinedCounts(parts, axis: axis) else { return nil }
      return part(of: parts, counts, axis: axis, first: first, count: count, dropsAxis: dropsAxis)
    case .extents, .unknown: return nil
    }
  }

  private func part(
    of parts: [Signal], _ counts: [Int], axis: Int, first: Int, count: Int, dropsAxis: Bool
  ) -> Value<S>? {
    let total = counts.reduce(0, +)
    guard first >= -total, first < total, count >= 1 else { return nil }
    var start = first < 0 ? first + total : first
    var rest = count
    var taken: [Signal] = []
    for (signal, size) in zip(parts, counts) where rest > 0 {
      if start >= size {
        start -= size
        continue
      }
      let here = min(size - start, rest)
      guard let piece = signal.picked(axis: axis, first: start, count: here, dropsAxis: dropsAxis) else { return nil }
      taken.append(canonical(piece))
      (start, rest) = (0, rest - here)
    }
    guard rest == 0 else { return nil }
    return taken.count == 1 ? .signal(taken[0]) : .joined(taken, axis: axis)
  }

  mutating func split(_ node: Node) throws(GatewiseError) -> [Value<S>] {
    let input = try operand(0, of: node)
    guard let rank = input.rank, rank > 0 else { return [] }
    let axis = try axis(node.integer("axis") ?? 0, rank: rank, of: node)
    var counts = try integers(1, or: "split", of: node)
    if counts == nil, let size = size(of: input, axis: axis) {
      // Equal parts; only the last may be smaller.
      let number = node.integer("num_outputs") ?? node.proto.output.count
      guard 1...64 ~= number, size > 0 else { return [] }
      let each = (size + number - 1) / number
      counts = (0..<number).map { max(0, min(each, size - $0 * each)) }
    }
    var first = 0
    var results: [Value<S>] = []
    for count in counts ?? [] {
      guard count > 0, count <= Int(Int32.max) else { return [] }
      results.append(try part(of: input, axis: axis, first: first, count: count, node) ?? .unknown(node.name))
      first += count
    }
    return results
  }

  mutating func concatenate(_ node: Node) throws(GatewiseError) -> Value<S>? {
    var (constants, signals, extents, count) = ([Constant<S>](), [Signal](), [Extent](), 0)
    let number = node.integer("axis") ?? 1
    for place in node.proto.input.indices {
      count += 1
      switch try operand(place, of: node) {
      case .numbers(let constant): constants.append(constant)
      case .signal(let signal): signals.append(signal)
      case .joined(let parts, let joint):
        guard let rank = parts.first?.rank, try axis(number, rank: rank, of: node) == joint else { return nil }
        signals += parts
        count += parts.count - 1
      case .extents(let list, false):
        extents += list
        if extents.count > 4096 { return nil }
        if place == node.proto.input.count - 1, constants.isEmpty, signals.isEmpty {
          return .extents(extents, isScalar: false)
        }
      case .extents, .unknown: return nil
      }
    }
    if constants.count == count, let rank = constants.first?.stored.count {
      let axis = try axis(number, rank: rank, of: node)
      for constant in constants { try charge(constant.stored.reduce(1, *), for: node) }
      return try Constant.concatenated(constants, axis: axis).map { .numbers($0) }
    }
    guard signals.count == count, let rank = signals.first?.rank, signals.allSatisfy({ $0.rank == rank }),
      count <= 4096
    else { return nil }
    let axis = try axis(number, rank: rank, of: node)
    if count == 1 { return .signal(signals[0]) }
    return mergedDirections(signals, axis: axis).map { .signal($0) } ?? .joined(signals, axis: axis)
  }
}

extension Value {
  /// The number of axes; nil if the value has none.
  var rank: Int? {
    switch self {
    case .numbers(let constant): constant.stored.count
    case .signal(let signal): signal.rank
    case .joined(let parts, _): parts.first?.rank
    case .extents, .unknown: nil
    }
  }
}
