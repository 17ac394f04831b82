import Gatewise

// Nodes that repeat their input along axes: exporters use them to give every sequence of a batch the same initial
// state.

extension GraphReader {
  func expand(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .extents(let target, false) = try operand(1, of: node) else { return nil }
    switch try operand(0, of: node) {
    case .numbers(let constant): return constant.expanded(to: target).map { .numbers($0) }
    case .signal(let signal):
      // Only to the shape that it already has.
      return signal.axes.map { Extent($0) } == target.map(Optional.some) ? .signal(signal) : nil
    default: return nil
    }
  }

  func tile(_ node: Node) throws(GatewiseError) -> Value<S>? {
    guard case .extents(let repeats, false) = try operand(1, of: node),
      case .numbers(let constant) = try operand(0, of: node)
    else { return nil }
    return constant.tiled(repeats).map { .numbers($0) }
  }
}
