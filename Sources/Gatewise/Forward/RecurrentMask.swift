/// What is dropped of y_{t-1} on its way into the nets, the same units at every step of a sequence.
struct RecurrentMask<S: Scalar> {
  let mask: DropMask
  /// `[N, P]`: memory for y_{t-1} of a step.
  let rows: UnsafeMutablePointer<S>

  /// y_{t-1} of some packed sequences from `first` on, `[count, width]`, without what is dropped.
  func apply(
    _ y: UnsafePointer<S>, _ packing: SequencePacking, first: Int, count: Int, width: Int
  ) -> UnsafeMutablePointer<S> {
    let masked = rows + first * width
    for n in 0..<count {
      mask.apply(row: packing.order[first + n], width, y + n * width, into: masked + n * width)
    }
    return masked
  }
}

extension Workspace {
  /// nil where nothing of y_{t-1} is dropped.
  func recurrentMask(of k: Int) -> RecurrentMask<S>? {
    guard let maskSeed, let mask = masks.recurrent(k, maskSeed) else { return nil }
    return RecurrentMask(mask: mask, rows: maskedRows.reserve(batchSize * layers[k].outputSize))
  }

  /// R of a direction, or what is left of it.
  ///
  /// - Parameter drawing: whether it is made, as a forward pass does; a backward finds it.
  func recurrentWeights(_ k: Int, parameters: UnsafePointer<S>, drawing: Bool = false) -> UnsafePointer<S> {
    let (layer, weights) = (layout.layers[k], parameters + layout.layers[k].recurrentWeights)
    guard let maskSeed, let mask = masks.recurrentWeights(k, maskSeed) else { return weights }
    let C = layer.columns.count
    let left = droppedWeights[k].reserve(layer.outputSize * C)
    if drawing {
      for row in 0..<layer.outputSize { mask.apply(row: row, C, weights + row * C, into: left + row * C) }
    }
    return UnsafePointer(left)
  }
}
