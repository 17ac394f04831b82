/// The gradient on its way to its sum over a group of processes, layer by layer while the layers below still run their
/// backward pass.
///
/// The parts go in one order in every process: the readout, the layers from the highest, what is left. A process that
/// has no gradient of its own, having no sequence of a batch, sends zeros.
///
/// The gradient is made in memory of the exchange, which nobody else has. Where a sum is broken off, what carries it
/// may still write there at any later time, even when trainer and exchange are gone: that memory is given up, to be
/// neither used nor freed, and the next gradient gets other memory.
final class GradientExchange<S: Scalar> {
  private let group: any ProcessGroup
  /// Places in the flat vector, in the order in which they are sent.
  private let parts: [Range<Int>]
  /// How many parts can go when the highest layers down to one are complete, by layer.
  private let partsWithLayer: [Int]
  private var sent = 0
  /// `[P]`; nil until it is needed, and again where it has been given up.
  private var memory: UnsafeMutableBufferPointer<S>?
  /// Whether sums were begun that have not ended.
  private var isOpen = false
  private let count: Int

  init(_ layout: ParameterLayout, group: any ProcessGroup) {
    self.group = group
    let starts = layout.layerStarts
    let layers = starts.count - 1
    count = layout.count
    let readout = layout.readout.map { $0.weights..<layout.count } ?? layout.count..<layout.count
    parts =
      [readout] + (0..<layers).reversed().map { starts[$0]..<starts[$0 + 1] }
      + [0..<starts[0], starts[layers]..<readout.lowerBound]
    partsWithLayer = (0..<layers).map { layers - $0 + 1 }
  }

  deinit {
    if !isOpen { memory?.deallocate() }
  }

  /// The next gradient begins.
  ///
  /// - Returns: `[P]`, where it is to be made.
  func begin() -> UnsafeMutablePointer<S> {
    sent = 0
    // Sums of the last one were broken off.
    if isOpen { (memory, isOpen) = (nil, false) }
    if memory == nil {
      memory = .allocate(capacity: max(count, 1))
      memory!.initialize(repeating: 0)
    }
    return memory!.baseAddress!
  }

  /// Sends what is complete with a layer, the readout's and that of the layers above.
  func send(downTo layer: Int) { send(partsWithLayer[layer]) }

  /// Sends what has not been sent yet.
  func sendRest() { send(parts.count) }

  /// All sums have ended; they are the gradient.
  func finish(into gradients: inout [S]) {
    isOpen = false
    gradients.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { base.update(from: memory!.baseAddress!, count: count) }
    }
  }

  private func send(_ end: Int) {
    while sent < end {
      let part = parts[sent]
      if !part.isEmpty {
        isOpen = true
        group.beginSum(UnsafeMutableBufferPointer(rebasing: memory![part]))
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
