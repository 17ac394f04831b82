import Gatewise

// Nodes that change the shape of their input.

extension GraphReader {
  func squeeze(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let input = try operand(0, of: node)
    let listed = try integers(1, or: "axes", of: node)
    switch input {
    case .numbers(let constant):
      guard let listed else { return constant.withAxes(removed: nil).map { .numbers($0) } }
      let axes = try axes(listed, rank: constant.stored.count, of: node)
      return constant.withAxes(removed: axes).map { .numbers($0) }
    case .extents(let extents, false) where extents.count == 1: return .extents(extents, isScalar: true)
    case .signal(var signal):
      // Without a list, it is unknown whether an axis of unknown size is removed.
      guard let listed else {
        guard signal.axes.allSatisfy({ Extent($0)?.number != nil }) else { return nil }
        signal.axes.removeAll { Extent($0)?.number == 1 }
        return .signal(signal)
      }
      let axes = try axes(listed, rank: signal.rank, of: node)
      guard axes.allSatisfy({ Extent(signal.axes[$0])?.number ?? 1 == 1 }) else { return nil }
      signal.axes = signal.axes.indices.filter { !axes.contains($0) }.map { signal.axes[$0] }
      return .signal(signal)
    default: return nil
    }
  }

  func unsqueeze(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let input = try operand(0, of: node)
    guard let listed = try integers(1, or: "axes", of: node), listed.count <= 8 else { return nil }
    switch input {
    case .numbers(let constant):
      guard constant.stored.count <= 16 else { return nil }
      return .numbers(
        constant.withAxes(inserted: try axes(listed, rank: constant.stored.count + listed.count, of: node)))
    case .extents(let extents, true): return .extents(extents, isScalar: false)
    case .signal(var signal):
      guard signal.rank <= 16 else { return nil }
      for axis in try axes(listed, rank: signal.rank + listed.count, of: node).sorted() {
        signal.axes.insert([], at: axis)
      }
      return .signal(signal)
    default: return nil
    }
  }

  mutating func transpose(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let input = try operand(0, of: node)
    func order(_ rank: Int) throws(GatewiseError) -> [Int] {
      let order = node.integers("perm") ?? Array((0..<rank).reversed())
      guard order.sorted() == Array(0..<rank) else {
        throw node.problem("has the order \(order.prefix(8)), but its input has \(rank) axes; write the file again")
      }
      return order
    }
    switch input {
    case .numbers(let constant):
      let order = try order(constant.stored.count)
      try charge(constant.stored.reduce(1, *), for: node)
      return .numbers(try constant.transposed(order))
    case .signal(var signal):
      let axes = signal.axes
      signal.axes = try order(signal.rank).map { axes[$0] }
      return .signal(signal)
    default: return nil
    }
  }

  func reshape(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let target: [Extent]
    if let list = node.integers("shape") {
      target = list.map { Extent($0) }
    } else {
      guard case .extents(let extents, false) = try operand(1, of: node) else { return nil }
      target = extents
    }
    let zeroIsZero = node.integer("allowzero") == 1
    guard target.count <= 16, target.count(where: { $0.number == -1 }) <= 1 else { return nil }
    switch try operand(0, of: node) {
    case .numbers(let constant):
      return try constant.reshaped(to: target, zeroIsZero: zeroIsZero).map { .numbers($0) }
    case .extents(let extents, _):
      // A single number becomes a list of one; a list stays as it is.
      guard target.count <= 1 else { return nil }
      guard let number = target.first?.number else {
        return extents.count == 1 ? .extents(extents, isScalar: true) : nil
      }
      return number == -1 || number == extents.count ? .extents(extents, isScalar: false) : nil
    case .signal(var signal):
      guard let axes = regrouped(signal.axes, to: target, zeroIsZero: zeroIsZero) else { return nil }
      signal.axes = axes
      return .signal(signal)
    default: return nil
    }
  }

  /// The axes of a list, which must be distinct.
  private func axes(_ list: [Int], rank: Int, of node: Node) throws(GatewiseError) -> [Int] {
    var result: [Int] = []
    for number in list { result.append(try axis(number, rank: rank, of: node)) }
    guard Set(result).count == result.count else { throw node.problem("names an axis twice; write the file again") }
    return result
  }
}
