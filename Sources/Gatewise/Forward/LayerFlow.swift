// What flows from layer to layer. Memory and parameters know the directions of layers, one after the other: with D of
// them to a layer, direction d of layer l is k = l·D + d. A reverse direction runs as a forward one over rows that are
// turned, sequence by sequence, and what it puts out is turned back.
//
//     source of layer l: x, or its embedding, or the output of layer l - 1
//     input:             the source, without what is dropped
//     output:            that of its directions side by side, and the source where layers are residual

extension Workspace {
  /// The directions of a layer, the forward one first.
  func directions(ofLayer l: Int) -> Range<Int> {
    l * configuration.directionCount..<(l + 1) * configuration.directionCount
  }

  /// `[rows, I]`: what feeds a layer. Of the lowest one it is nothing where tokens have no embedding.
  func layerSource(_ l: Int) -> UnsafePointer<S> {
    if l > 0 { return UnsafePointer(layerOutput(l - 1)) }
    guard let M = configuration.embeddingSize else { return inputRows }
    return UnsafePointer(embedded.reserve(packing.rows * M))
  }

  /// `[rows, I]`: what a layer reads.
  func layerInput(_ l: Int) -> UnsafePointer<S> {
    guard drops(l) else { return layerSource(l) }
    return UnsafePointer(droppedRows[l].reserve(packing.rows * configuration.inputSize(ofLayer: l)))
  }

  /// Whether a layer reads rows of W by token.
  func takesTokens(_ l: Int) -> Bool { usesTokens && l == 0 && configuration.embeddingSize == nil && !drops(0) }

  /// What a layer puts out, `[rows, D·H]`, or `[rows, D·P]`.
  func layerOutput(_ l: Int) -> UnsafeMutablePointer<S> {
    guard joins(l) else { return hiddenRows(l) }
    if l == configuration.layerCount - 1, let callerOutput { return callerOutput }
    return joinedRows[l].reserve(packing.rows * configuration.outputSize(ofLayer: l))
  }

  /// Whether what a layer puts out is more than what one direction does.
  func joins(_ l: Int) -> Bool { configuration.isBidirectional || configuration.isResidual(layer: l) }

  /// h of a direction, `[rows, H]`, or `[rows, P]` where it is projected, in the order in which it ran.
  func hiddenRows(_ k: Int) -> UnsafeMutablePointer<S> {
    if k == layers.count - 1, let callerOutput, !joins(configuration.layerCount - 1) { return callerOutput }
    return layers[k].hidden.base + batchSize * layers[k].outputSize
  }

  /// What a direction reads, in the order in which it runs: rows `[rows, I]`, or tokens `[rows]`.
  ///
  /// What a reverse direction reads is turned for it, and stands until another asks.
  func input(of k: Int) -> (rows: UnsafePointer<S>, tokens: UnsafePointer<Int32>?) {
    let layer = layout.layers[k]
    let takesTokens = takesTokens(layer.index)
    guard layer.isReverse else {
      return takesTokens ? (inputRows, UnsafePointer(tokens.base)) : (layerInput(layer.index), nil)
    }
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

  /// x·E, where there is an embedding.
  func embed(parameters: UnsafePointer<S>, version: ParameterVersion? = nil) {
    guard let M = configuration.embeddingSize, let offset = layout.embedding else { return }
    run(
      AffineProduct(
        rows: packing.rows, outputSize: M,
        input: affineInput(
          inputRows, tokens: usesTokens ? UnsafePointer(tokens.base) : nil, inputs: configuration.inputSize, outputs: M,
          place: offset, parameters: parameters, version: version),
        start: .zero,
        output: embedded.reserve(packing.rows * M), add: kernels.add))
  }

  /// Whether some of what a layer reads is dropped.
  func drops(_ l: Int) -> Bool {
    guard maskSeed != nil else { return false }
    let rates = configuration.regularization
    return rates.inputs > 0 || l > 0 && rates.betweenLayers > 0
  }

  /// Drops what a layer is not to read.
  func dropInput(ofLayer l: Int) {
    guard drops(l), let maskSeed else { return }
    let width = configuration.inputSize(ofLayer: l)
    let rows = droppedRows[l].reserve(packing.rows * width)
    if usesTokens, l == 0, configuration.embeddingSize == nil {
      rows.update(repeating: 0, count: packing.rows * width)
      for row in 0..<packing.rows { rows[row * width + Int(tokens.base[row])] = 1 }
      mask(UnsafePointer(rows), into: rows, layer: l, seed: maskSeed)
    } else {
      mask(layerSource(l), into: rows, layer: l, seed: maskSeed)
    }
  }

  /// y = x ∘ the masks on what a layer reads.
  func mask(_ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, layer l: Int, seed: UInt64) {
    let job = MaskedRows(
      packing: packing, width: configuration.inputSize(ofLayer: l), ofSteps: masks.betweenLayers(l, seed),
      ofSequences: masks.inputs(l, seed), callerRows: callerRows.base, input: x, output: y)
    execution.team.run(job, tasks: job.tasks)
  }

  /// What the directions of a layer have put out goes side by side, in the order of time.
  func joinDirections(ofLayer l: Int) {
    guard joins(l) else { return }
    let (output, width) = (layerOutput(l), configuration.outputSize(ofLayer: l))
    for (d, k) in directions(ofLayer: l).enumerated() {
      let P = layers[k].outputSize
      run(
        TurnedRows(
          packing: packing, turns: layout.layers[k].isReverse, width: P, source: (UnsafePointer(hiddenRows(k)), P),
          target: (output + d * P, width)))
    }
    if configuration.isResidual(layer: l) { kernels.add(packing.rows * width, layerSource(l), output) }
  }

  func run(_ job: TurnedRows<S>) { execution.team.run(job, tasks: job.tasks) }
}
