import Gatewise

// Elementwise operations of graphs on shapes. Truth values are the numbers 1 and 0.

extension GraphReader {
  func product(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard let (operands, isScalar) = try shapes([0, 1], of: node) else { return nil }
    var products: [Extent] = []
    for (x, y) in zip(operands[0], operands[1]) {
      guard let product = x * y else { return nil }
      products.append(product)
    }
    return .extents(products, isScalar: isScalar)
  }

  /// The product of a shape's extents: the number of rows of a signal if all axes but the last are merged.
  func productOfAll(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .extents(let extents, false) = try operand(0, of: node), node.integer("noop_with_empty_axes") ?? 0 == 0
    else { return nil }
    var product = Extent(1)
    for extent in extents {
      guard let next = product * extent else { return nil }
      product = next
    }
    return .extents([product], isScalar: node.integer("keepdims") == 0)
  }

  func equality(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard let (operands, isScalar) = try shapes([0, 1], of: node) else { return nil }
    var truths: [Extent] = []
    for (x, y) in zip(operands[0], operands[1]) {
      guard let isEqual = x.isEqual(to: y) else { return nil }
      truths.append(Extent(isEqual ? 1 : 0))
    }
    return .extents(truths, isScalar: isScalar)
  }

  /// Selects elements of one shape where a condition holds, and of another elsewhere.
  func choice(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard let (operands, isScalar) = try shapes([0, 1, 2], of: node) else { return nil }
    let truths = operands[0].compactMap(\.number)
    guard truths.count == operands[0].count else { return nil }
    return .extents(truths.indices.map { operands[truths[$0] == 0 ? 2 : 1][$0] }, isScalar: isScalar)
  }

  /// Operands that are shapes, with a single element broadcast to the others' size; nil if they are anything else.
  private func shapes(_ places: [Int], of node: Node) throws(GatewiseError) -> (operands: [[Extent]], isScalar: Bool)? {
    var operands: [[Extent]] = []
    var areScalars = true
    for place in places {
      guard case .extents(let extents, let isScalar) = try operand(place, of: node) else { return nil }
      operands.append(extents)
      areScalars = areScalars && isScalar
    }
    let count = operands.first { $0.count != 1 }?.count ?? 1
    guard operands.allSatisfy({ $0.count == count || $0.count == 1 }) else { return nil }
    return (operands.map { $0.count == count ? $0 : Array(repeating: $0[0], count: count) }, areScalars)
  }
}

extension Extent {
  /// Whether two numbers are equal; nil if that depends on the input.
  func isEqual(to other: Extent) -> Bool? {
    if self == other { return true }
    if number != nil, other.number != nil { return false }
    // No axis has a negative size.
    let (least, most) = factor < other.factor ? (self, other) : (other, self)
    return least.number != nil && least.factor < 0 && most.factor >= 0 ? false : nil
  }
}
