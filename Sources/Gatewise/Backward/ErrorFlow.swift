// The way of an error from layer to layer: the other way of Forward/LayerFlow.swift.

extension Workspace {
  /// The buffer of the error that reaches a layer from above, in the order of time; -1 is the input, or its embedding,
  /// and -2 the input below that.
  func error(into layer: Int) -> UnsafeMutablePointer<S> {
    let stagesBelow = configuration.layerCount - 1 - layer + (layout.readout == nil ? 0 : 1)
    return stagesBelow.isMultiple(of: 2) ? outputError.base : otherError.base
  }

  /// The error that reaches a direction, `[rows, H]`, or `[rows, P]`, in the order in which it ran.
  func error(of k: Int) -> UnsafeMutablePointer<S> {
    let layer = layout.layers[k]
    guard joins(layer.index) else { return error(into: layer.index) }
    let count = packing.rows * layer.outputSize
    return directionErrors.reserve(configuration.directionCount * count) + (layer.isReverse ? count : 0)
  }

  /// Every direction of a layer gets its part of the error from above.
  func splitError(ofLayer l: Int) {
    guard joins(l) else { return }
    let (error, width) = (error(into: l), configuration.outputSize(ofLayer: l))
    for (d, k) in directions(ofLayer: l).enumerated() {
      let P = layers[k].outputSize
      run(
        TurnedRows(
          packing: packing, turns: layout.layers[k].isReverse, width: P, source: (UnsafePointer(error + d * P), width),
          target: (self.error(of: k), P)))
    }
  }

  /// δ·Wᵀ of a direction: what the layer below, or the input, gets of the error.
  func sendErrorBelow(_ k: Int, delta: UnsafePointer<S>, parameters: UnsafePointer<S>) {
    let (layer, memory) = (layout.layers[k], layers[k])
    let below = error(into: layer.index - 1)
    let error = layer.isReverse ? turnedError.reserve(packing.rows * layer.inputSize) : below
    let weights =
      memory.packed?.transposedInputWeights(from: parameters, team: execution.team)
      ?? factor(
        parameters + layer.inputWeights, depth: memory.columns, columns: layer.inputSize, isTransposed: true)
    run(ErrorBelow(rows: packing.rows, delta: delta, weights: weights, error: error))
    // The forward direction's is there already.
    guard layer.isReverse else { return }
    run(
      TurnedRows(
        packing: packing, turns: true, width: layer.inputSize, source: (UnsafePointer(error), layer.inputSize),
        target: (below, layer.inputSize), add: kernels.add))
  }

  /// The error of what a layer reads becomes that of what feeds it: nothing of what was dropped, and of a residual layer
  /// what reached it from above.
  func finishErrorBelow(layer l: Int) {
    let below = error(into: l - 1)
    if drops(l), let maskSeed { mask(UnsafePointer(below), into: below, layer: l, seed: maskSeed) }
    if configuration.isResidual(layer: l) {
      kernels.add(packing.rows * configuration.outputSize(ofLayer: l), error(into: l), below)
    }
  }

  /// dE = xᵀ·e, and e·Eᵀ of the input where it is wanted.
  func backwardEmbedding(
    parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>?, wantsInputError: Bool
  ) {
    guard let M = configuration.embeddingSize, let offset = layout.embedding else { return }
    if let gradients {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: configuration.inputSize, outputSize: M, input: usesTokens ? nil : inputRows,
          tokens: usesTokens ? tokens.base : nil, delta: error(into: -1), weights: gradients + offset, bias: nil,
          add: kernels.add))
    }
    guard wantsInputError else { return }
    run(
      ErrorBelow(
        rows: packing.rows, delta: error(into: -1),
        weights: factor(parameters + offset, depth: M, columns: configuration.inputSize, isTransposed: true),
        error: error(into: -2)))
  }

  func run(_ job: ErrorBelow<S>) { execution.team.run(job, tasks: job.tasks) }

  /// By the tile where there is a product.
  func run(_ job: WeightGradients<S>) {
    guard execution.recurrentPath == .tile, let input = job.input else {
      return execution.team.run(job, tasks: job.tasks)
    }
    let sums = PackedWeightGradients(
      rows: job.rows, columns: job.outputSize, input: nil,
      recurrent: .init(left: input, width: job.inputSize, gradient: job.weights), delta: job.delta, bias: job.bias,
      scratch: weightScratch.base, kernels: kernels.packed, threads: execution.team.threads)
    execution.team.run(sums, tasks: sums.tasks)
  }
}
