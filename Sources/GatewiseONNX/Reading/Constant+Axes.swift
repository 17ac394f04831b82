import Gatewise

// Operations of graphs on constants. A result is stored whole if its operand is; nil means that it cannot be computed
// without further knowledge.

extension Constant {
  /// The same numbers with another shape.
  func reshaped(to target: [Extent], zeroIsZero: Bool) throws(GatewiseError) -> Constant? {
    guard isWhole else { return nil }
    var shape: [Int] = []
    for (axis, extent) in target.enumerated() {
      guard let number = extent.number, number >= -1 else { return nil }
      if number == 0, !zeroIsZero {
        guard axis < stored.count else { return nil }
        shape.append(stored[axis])
      } else {
        shape.append(number)
      }
    }
    let count = stored.reduce(1, *)
    if let open = shape.firstIndex(of: -1) {
      shape[open] = 1
      guard let rest = elementCount(of: shape), rest > 0, count.isMultiple(of: rest) else { return nil }
      shape[open] = count / rest
    }
    guard elementCount(of: shape) == count, isOrdinary(shape) else { return nil }
    var result = self
    (result.stored, result.extents) = (shape, shape.map { Extent($0) })
    return result
  }

  /// Inserts or removes axes of one element.
  func withAxes(inserted: [Int]) -> Constant {
    var result = self
    for axis in inserted.sorted() {
      result.stored.insert(1, at: axis)
      result.extents.insert(Extent(1), at: axis)
    }
    return result
  }

  /// Removes the named axes, or all axes of one element.
  func withAxes(removed: [Int]?) -> Constant? {
    let removed = removed ?? extents.indices.filter { extents[$0].number == 1 }
    guard removed.allSatisfy({ extents[$0].number == 1 }) else { return nil }
    var result = self
    for axis in removed.sorted(by: >) {
      result.stored.remove(at: axis)
      result.extents.remove(at: axis)
    }
    return result
  }

  /// Permutes the axes.
  func transposed(_ order: [Int]) throws(GatewiseError) -> Constant {
    let source = try elements()
    let shape = order.map { stored[$0] }
    let strides = Self.strides(of: stored)
    let moved = Self.gather(shape, strides: order.map { strides[$0] }) { source[$0] }
    var result = Constant(shape: shape, elements: moved)
    result.extents = order.map { extents[$0] }
    return result
  }

  /// Returns `count` elements of an axis, starting at `first`.
  func picked(axis: Int, first: Int, count: Int) throws(GatewiseError) -> Constant? {
    var result = self
    result.extents[axis] = Extent(count)
    // One stored element stands for all of them.
    if stored[axis] == 1, extents[axis].number != 1 { return result }
    guard first >= 0, count >= 0, first <= stored[axis], count <= stored[axis] - first else { return nil }
    if first == 0, count == stored[axis] { return self }
    let source = try elements()
    result.stored[axis] = count
    let strides = Self.strides(of: stored)
    result.source = .elements(
      Self.gather(result.stored, strides: strides) { source[$0 + first * strides[axis]] })
    return result
  }

  /// The constant with the extents of a shape that it is broadcast to.
  func expanded(to target: [Extent]) -> Constant? {
    var result = self
    while result.stored.count < target.count { result = result.withAxes(inserted: [0]) }
    let lead = result.stored.count - target.count
    for (axis, extent) in target.enumerated() where extent.number != 1 {
      guard extent.factor >= 0 else { return nil }
      let own = result.extents[lead + axis]
      guard own.number == 1 || own == extent || own.number == nil || extent.number == nil else { return nil }
      if own.number == 1 { result.extents[lead + axis] = extent }
    }
    return result
  }

  /// Repeats the constant along axes of one element and returns it with the resulting extents.
  func tiled(_ repeats: [Extent]) -> Constant? {
    guard repeats.count == stored.count else { return nil }
    var result = self
    for (axis, count) in repeats.enumerated() where count.number != 1 {
      guard stored[axis] == 1, count.factor >= 0, let extent = extents[axis] * count else { return nil }
      result.extents[axis] = extent
    }
    return result
  }

  /// Concatenates several constants.
  static func concatenated(_ parts: [Constant], axis: Int) throws(GatewiseError) -> Constant? {
    guard let first = parts.first else { return nil }
    let agree = parts.allSatisfy { part in
      part.stored.count == first.stored.count && part.extents[axis].number == part.stored[axis]
        && part.stored.indices.allSatisfy {
          $0 == axis || part.stored[$0] == first.stored[$0] && part.extents[$0] == first.extents[$0]
        }
    }
    guard agree else { return try repeated(parts, axis: axis) }
    var shape = first.stored
    shape[axis] = parts.reduce(0) { $0 + $1.stored[axis] }
    guard isOrdinary(shape) else { return nil }
    let outer = first.stored[..<axis].reduce(1, *)
    var sources: [(elements: [S], run: Int)] = []
    for part in parts { sources.append((try part.elements(), part.stored[axis...].reduce(1, *))) }
    var elements: [S] = []
    elements.reserveCapacity(shape.reduce(1, *))
    for row in 0..<outer {
      for (source, run) in sources { elements.append(contentsOf: source[row * run..<(row + 1) * run]) }
    }
    var result = Constant(shape: shape, elements: elements)
    for other in shape.indices where other != axis { result.extents[other] = first.extents[other] }
    return result
  }

  /// Concatenates several constants of the same single number, such as the zeros of two directions' states.
  private static func repeated(_ parts: [Constant], axis: Int) throws(GatewiseError) -> Constant? {
    guard var result = parts.first, let number = try result.elements().first else { return nil }
    var count = 0
    for part in parts {
      guard part.stored.allSatisfy({ $0 == 1 }), part.extents.count == result.extents.count,
        let more = part.extents[axis].number, 0...Int(Int32.max) ~= more, try part.elements() == [number]
      else { return nil }
      for other in part.extents.indices where other != axis && part.extents[other] != result.extents[other] {
        return nil
      }
      count += more
    }
    result.extents[axis] = Extent(count)
    return result
  }

  private static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }

  private static func gather(_ shape: [Int], strides: [Int], _ element: (Int) -> S) -> [S] {
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    return (0..<shape.reduce(1, *)).map { _ in
      defer {
        for axis in shape.indices.reversed() {
          index[axis] += 1
          place += strides[axis]
          if index[axis] < shape[axis] { break }
          place -= shape[axis] * strides[axis]
          index[axis] = 0
        }
      }
      return element(place)
    }
  }
}
