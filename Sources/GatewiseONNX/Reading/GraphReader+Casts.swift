import Gatewise

// Nodes that return their input unchanged, under some conditions.

extension GraphReader {
  /// Converts numbers to another type; nil if the conversion may change them by more than the rounding of its type.
  func cast(_ node: Node) throws(GatewiseError) -> Value<S>? {
    let value = try operand(0, of: node)
    guard let number = node.integer("to"), let type = ONNXElementType(rawValue: Int32(clamping: number)) else {
      return nil
    }
    switch value {
    case .numbers: return type == .float32 || type == .float64 ? value : nil
    case .signal(let signal):
      if case .input(_, true) = signal.base { return type.isFloatingPoint || type.isIndex ? value : nil }
      return type.isFloatingPoint ? value : nil
    case .joined: return type.isFloatingPoint ? value : nil
    case .extents(let extents, _):
      if type == .bool { return extents.allSatisfy { $0.number == 0 || $0.number == 1 } ? value : nil }
      return type.isIndex ? value : nil
    case .unknown: return nil
    }
  }

  /// Returns the output of a dropout at inference; nil if the node drops elements.
  func dropout(_ node: Node) throws(GatewiseError) -> Value<S>? {
    // Before version 7 an attribute marks inference.
    if opset < 7, node.integer("is_test") ?? 0 == 0 { return nil }
    if let isTraining = try value(node.input(2)) {
      guard case .extents(let truths, _) = isTraining, truths.allSatisfy({ $0.number == 0 }) else { return nil }
    }
    return try operand(0, of: node)
  }
}

extension ONNXElementType {
  /// Whether the type holds every extent and index.
  fileprivate var isIndex: Bool { self == .int32 || self == .int64 }
}
