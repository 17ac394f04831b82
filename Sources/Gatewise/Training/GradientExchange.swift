/// The gradient on its way to its sum over a group of processes, layer by layer while the layers below still run their
/// backward pass.
///
/// The parts go in one order in every process: the readout, the layers from the highest, what is left. A process that has no
/// gradient of its own, having no sequence of a batch, sends zeros.
struct GradientExchange<S: Scalar> {
  private let group: any ProcessGroup
  /// Places in the flat vector, in the order in which they are sent.
  private let parts: [Range<Int>]
  /// How many parts can go when the highest layers down to one are complete, by layer.
  private let partsWithLayer: [Int]
  private var sent = 0

  init(_ layout: ParameterLayout, group: any ProcessGroup) {
    self.group = group
    let starts = layout.layerStarts
    let layers = starts.count - 1
    let readout = layout.readout.map { $0.weights..<layout.count } ?? layout.count..<layout.count
    parts =
      [readout] + (0..<layers).reversed().map { starts[$0]..<starts[$0 + 1] }
      + [0..<starts[0], starts[layers]..<readout.lowerBound]
    partsWithLayer = (0..<layers).map { layers - $0 + 1 }
  }

  /// Sends what is complete with a layer, the readout's and that of the layers above.
  mutating func send(downTo layer: Int, of gradients: UnsafeMutablePointer<S>) {
    send(partsWithLayer[layer], of: gradients)
  }

  /// Sends what has not been sent yet.
  mutating func sendRest(of gradients: UnsafeMutablePointer<S>) { send(parts.count, of: gradients) }

  /// The next gradient begins.
  mutating func reset() { sent = 0 }

  private mutating func send(_ end: Int, of gradients: UnsafeMutablePointer<S>) {
    while sent < end {
      let part = parts[sent]
      if !part.isEmpty {
        group.beginSum(UnsafeMutableBufferPointer(start: gradients + part.lowerBound, count: part.count))
      }
      sent += 1
    }
  }
}

extension ParameterLayout {
  /// Where each layer's parameters begin, its directions' together, and where the last one's end: the learned initial
  /// states have places of their own behind them.
  fileprivate var layerStarts: [Int] {
    let forward = layers.filter { !$0.isReverse }
    let end = layers.compactMap(\.initialHidden).first ?? readout?.weights ?? count
    return forward.map(\.inputWeights) + [end]
  }
}
