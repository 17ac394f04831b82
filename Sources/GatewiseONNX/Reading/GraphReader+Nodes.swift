import Gatewise

extension GraphReader {
  /// Returns the outputs of a node; empty if the node is not supported.
  mutating func evaluate(_ node: Node) throws(GatewiseError) -> [Value<S>] {
    switch node.kind {
    case "LSTM": return try readLSTM(node)
    case "Split": return try split(node)
    case "Identity": return [try operand(0, of: node)]
    default: return try single(node).map { [$0] } ?? []
    }
  }

  private mutating func single(_ node: Node) throws(GatewiseError) -> Value<S>? {
    switch node.kind {
    case "Constant": try constant(node)
    case "Cast": try cast(node)
    case "Dropout": try dropout(node)
    case "ConstantOfShape": try constantOfShape(node)
    case "Shape": try shape(node)
    case "Expand": try expand(node)
    case "Tile": try tile(node)
    case "Mul": try product(node)
    case "ReduceProd": try productOfAll(node)
    case "Equal": try equality(node)
    case "Where": try choice(node)
    case "Squeeze": try squeeze(node)
    case "Unsqueeze": try unsqueeze(node)
    case "Transpose": try transpose(node)
    case "Reshape": try reshape(node)
    case "Concat": try concatenate(node)
    case "Slice": try slice(node)
    case "Gather": try gather(node)
    case "MatMul": try matrixProduct(node)
    case "Gemm": try generalProduct(node)
    case "Add": try add(node)
    case "Softmax", "LogSoftmax", "Sigmoid": try function(node)
    default: nil
    }
  }

  // MARK: Constants and shapes

  private func constant(_ node: Node) throws(GatewiseError) -> Value<S>? {
    if let attribute = node.attribute("value"), attribute.hasT {
      return try value(of: ONNXTensor(attribute.t, name: node.name, path: path))
    }
    if let number = node.integer("value_int") { return .extents([Extent(number)], isScalar: true) }
    if node.attribute("value_ints") != nil {
      return .extents((node.integers("value_ints") ?? []).map { Extent($0) }, isScalar: false)
    }
    if let number = node.number("value_float") { return .numbers(Constant(shape: [], elements: [S(number)])) }
    guard node.attribute("value_floats") != nil else { return nil }
    let numbers = node.numbers("value_floats").map { S($0) }
    return .numbers(Constant(shape: [numbers.count], elements: numbers))
  }

  private func constantOfShape(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .extents(let extents, false) = try operand(0, of: node) else { return nil }
    guard let attribute = node.attribute("value"), attribute.hasT else {
      return .numbers(Self.filled(0, extents))
    }
    let tensor = try ONNXTensor(attribute.t, name: node.name, path: path)
    guard tensor.count == 1 else { throw node.problem("must have one number as its value, but has \(tensor.count)") }
    guard tensor.elementType.isFloatingPoint else {
      // A list of equal integers, such as a shape of ones.
      guard let number = tensor.integers()?.first, extents.count == 1, let count = extents[0].number,
        0...64 ~= count
      else { return nil }
      return .extents(Array(repeating: Extent(number), count: count), isScalar: false)
    }
    return .numbers(Self.filled(try tensor.elements(as: S.self)[0], extents))
  }

  /// A constant of one stored number.
  private static func filled(_ number: S, _ extents: [Extent]) -> Constant<S> {
    var constant = Constant(shape: extents.map { _ in 1 }, elements: [number])
    constant.extents = extents
    return constant
  }

  private func shape(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let all: [Extent]
    switch try operand(0, of: node) {
    case .numbers(let constant): all = constant.extents
    case .extents(let extents, let isScalar): all = isScalar ? [] : [Extent(extents.count)]
    case .signal(let signal):
      let extents = signal.axes.compactMap { Extent($0) }
      guard extents.count == signal.rank else { return nil }
      all = extents
    case .joined(let parts, let axis):
      guard let extents = joinedExtents(parts, axis: axis) else { return nil }
      all = extents
    case .unknown: return nil
    }
    let first = place(node.integer("start") ?? 0, in: all.count)
    let end = place(node.integer("end") ?? .max, in: all.count)
    return .extents(Array(all[first..<max(first, end)]), isScalar: false)
  }

  /// The extents of several signals, concatenated; nil if they are not known.
  func joinedExtents(_ parts: [Signal], axis: Int) -> [Extent]? {
    guard let counts = joinedCounts(parts, axis: axis), let first = parts.first else { return nil }
    let extents = first.axes.compactMap { Extent($0) }
    guard extents.count == first.rank else { return nil }
    var result = extents
    result[axis] = Extent(counts.reduce(0, +))
    return result
  }

  /// The number of elements of each signal along the axis that they are joined on; nil if one is not known.
  func joinedCounts(_ parts: [Signal], axis: Int) -> [Int]? {
    var counts: [Int] = []
    for part in parts {
      guard let count = Extent(part.axes[axis])?.number, 0...1 << 32 ~= count else { return nil }
      counts.append(count)
    }
    return counts
  }

  /// Returns the start or end of a slice, counted from the end if negative and clamped to 0 and `count`.
  func place(_ number: Int, in count: Int) -> Int {
    number < 0 ? max(number + count, 0) : min(number, count)
  }

  /// Returns an axis, counted from the end if negative.
  ///
  /// - Throws: `GatewiseError.file` if there is no such axis.
  func axis(_ number: Int, rank: Int, of node: Node) throws(GatewiseError) -> Int {
    guard number >= -rank, number < rank else {
      throw node.problem("names the axis \(number), but its input has \(rank); write the file again")
    }
    return number < 0 ? number + rank : number
  }
}
