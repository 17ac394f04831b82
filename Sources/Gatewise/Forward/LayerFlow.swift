// What flows from layer to layer. Memory and parameters know the directions of layers, one after the other: with D of
// them to a layer, direction d of layer l is k = l·D + d. A reverse direction runs as a forward one over rows that are
// turned, sequence by sequence, and what it puts out is turned back.

extension Workspace {
  /// The directions of a layer, the forward one first.
  func directions(ofLayer l: Int) -> Range<Int> {
    l * configuration.directionCount..<(l + 1) * configuration.directionCount
  }

  /// The dense input `[rows, I]` of a layer: x for the lowest, what the layer below puts out for the others.
  func layerInput(_ l: Int) -> UnsafePointer<S> { l == 0 ? inputRows : UnsafePointer(layerOutput(l - 1)) }

  /// What a layer puts out, `[rows, H]`, or both directions' side by side.
  func layerOutput(_ l: Int) -> UnsafeMutablePointer<S> {
    guard configuration.isBidirectional else { return hiddenRows(l) }
    if l == configuration.layerCount - 1, let callerOutput { return callerOutput }
    return joinedRows[l].reserve(packing.rows * configuration.outputSize(ofLayer: l))
  }

  /// h of a direction, `[rows, H]`, or `[rows, P]` where it is projected, in the order in which it ran.
  func hiddenRows(_ k: Int) -> UnsafeMutablePointer<S> {
    if k == layers.count - 1, !configuration.isBidirectional, let callerOutput { return callerOutput }
    return layers[k].hidden.base + batchSize * layers[k].outputSize
  }

  /// What a direction reads, in the order in which it runs: rows `[rows, I]`, or tokens `[rows]`.
  ///
  /// What a reverse direction reads is turned for it, and stands until another asks.
  func input(of k: Int) -> (rows: UnsafePointer<S>, tokens: UnsafePointer<Int32>?) {
    let layer = layout.layers[k]
    let takesTokens = usesTokens && layer.index == 0
    guard layer.isReverse else { return (layerInput(layer.index), takesTokens ? UnsafePointer(tokens.base) : nil) }
    if takesTokens {
      let turned = turnedTokens.reserve(packing.rows)
      for t in 0..<packing.steps {
        for n in 0..<packing.active[t] {
          turned[packing.offset[t] + n] = tokens.base[packing.row(t, n, turned: true)]
        }
      }
      return (inputRows, UnsafePointer(turned))
    }
    let turned = turnedInput.reserve(packing.rows * layer.inputSize)
    run(
      TurnedRows(
        packing: packing, turns: true, width: layer.inputSize, source: (layerInput(layer.index), layer.inputSize),
        target: (turned, layer.inputSize)))
    return (UnsafePointer(turned), nil)
  }

  /// What the directions of a layer have put out goes side by side, in the order of time.
  func joinDirections(ofLayer l: Int) {
    guard configuration.isBidirectional else { return }
    let (output, width) = (layerOutput(l), configuration.outputSize(ofLayer: l))
    for (d, k) in directions(ofLayer: l).enumerated() {
      let P = layers[k].outputSize
      run(
        TurnedRows(
          packing: packing, turns: layout.layers[k].isReverse, width: P, source: (UnsafePointer(hiddenRows(k)), P),
          target: (output + d * P, width)))
    }
  }

  func run(_ job: TurnedRows<S>) { execution.team.run(job, tasks: job.tasks) }
}
