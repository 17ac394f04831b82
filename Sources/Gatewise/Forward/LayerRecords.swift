// Between the rows of a window, packed and in the order in which a direction ran, and those of a record, `[T, N, …]` in
// the order of time.

extension Workspace {
  /// Copies a direction's h, cells and gates to the steps from `start` on of a record.
  func copyRecord(of k: Int, into record: inout LayerRecord<S>, from start: Int) {
    let (layer, memory) = (layout.layers[k], layers[k])
    copySteps(hiddenRows(k), width: layer.outputSize, of: k, into: &record.hidden, from: start)
    copySteps(
      memory.cells.base + batchSize * layer.hiddenSize, width: layer.hiddenSize, of: k, into: &record.cells, from: start
    )
    copySteps(memory.gates.base, width: memory.columns, of: k, into: &record.gates, from: start)
  }

  /// Copies rows of a direction to the steps from `start` on of a tensor `[T, N, width]`.
  func copySteps(
    _ rows: UnsafePointer<S>, width: Int, of k: Int, into steps: inout Tensor<S>, from start: Int
  ) {
    let rows = layout.layers[k].isReverse ? turned(rows, width: width) : rows
    steps.elements.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { scatter(rows, width: width, into: base + start * batchSize * width) }
    }
  }

  /// The other way, for a window that is the whole of a record: the state before the first step is that of the
  /// workspace, and the state after it becomes the record's.
  func loadRecord(_ record: LayerRecord<S>, of k: Int) {
    let (layer, memory) = (layout.layers[k], layers[k])
    gatherState(memory)
    load(record.hidden, width: layer.outputSize, of: k, into: hiddenRows(k))
    load(record.cells, width: layer.hiddenSize, of: k, into: memory.cells.base + batchSize * layer.hiddenSize)
    load(record.gates, width: memory.columns, of: k, into: memory.gates.base)
  }

  private func load(_ steps: Tensor<S>, width: Int, of k: Int, into rows: UnsafeMutablePointer<S>) {
    steps.elements.withUnsafeBufferPointer {
      if let base = $0.baseAddress { gather(base, width: width, into: rows) }
    }
    guard layout.layers[k].isReverse else { return }
    rows.update(from: turned(rows, width: width), count: packing.rows * width)
  }

  private func turned(_ rows: UnsafePointer<S>, width: Int) -> UnsafePointer<S> {
    let turned = turnedError.reserve(packing.rows * width)
    run(TurnedRows(packing: packing, turns: true, width: width, source: (rows, width), target: (turned, width)))
    return UnsafePointer(turned)
  }
}
