// The gradients of a layer's parameters, each a sum over all steps of what the deltas multiply.

extension Workspace {
  /// The sums over all steps of a direction: dQ, dW, dR with db, dU, and the peepholes'; and the learned initial state's.
  func collectGradients(direction k: Int, deltas: LayerDeltas<S>, gradients: UnsafeMutablePointer<S>) {
    let (layer, memory, input) = (layout.layers[k], layers[k], input(of: k))
    let isToken = input.tokens != nil
    let columns = memory.columns
    let (dW, dR) = (gradients + layer.inputWeights, gradients + layer.recurrentWeights)
    let db = layer.bias.isFull ? gradients + layer.bias.offset : memory.wholeBias.reserve(columns)
    if let projection = layer.projection {
      // The error of the outputs, which makes way for y_{t-1} below.
      run(
        WeightGradients(
          rows: packing.rows, inputSize: layer.hiddenSize, outputSize: layer.outputSize, input: memory.unprojected.base,
          tokens: nil, delta: error(of: k), weights: gradients + projection.weights, bias: nil, add: kernels.add))
    }
    if isToken || memory.packed == nil {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: layer.inputSize, outputSize: columns, input: isToken ? nil : input.rows,
          tokens: input.tokens, delta: deltas.input, weights: dW, bias: nil, add: kernels.add))
    }
    if memory.packed != nil {
      let job = PackedWeightGradients(
        rows: packing.rows, columns: columns,
        input: isToken ? nil : .init(left: input.rows, width: layer.inputSize, gradient: dW),
        recurrent: .init(left: previousHidden(k), width: layer.hiddenSize, gradient: dR), delta: memory.gates.base,
        bias: db, scratch: weightScratch.base, kernels: kernels.packed, threads: execution.team.threads)
      execution.team.run(job, tasks: job.tasks)
    } else {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: layer.outputSize, outputSize: columns, input: previousHidden(k), tokens: nil,
          delta: deltas.recurrent, weights: dR, bias: layer.normalization == nil ? db : nil, add: kernels.add))
    }
    if let maskSeed, let mask = masks.recurrentWeights(k, maskSeed) {
      for row in 0..<layer.outputSize { mask.apply(row: row, columns, dR + row * columns, into: dR + row * columns) }
    }
    if let gateWeights = layer.gateWeights {
      run(
        WeightGradients(
          rows: packing.rows, inputSize: memory.gateCount, outputSize: columns, input: previousGates(memory),
          tokens: nil, delta: deltas.recurrent, weights: gradients + gateWeights, bias: nil, add: kernels.add))
    }
    if layer.normalization != nil {
      let job = ColumnSums(rows: packing.rows, width: columns, a: deltas.bias, b: nil, sums: db, kernels: kernels)
      execution.team.run(job, tasks: job.tasks)
      collectGains(direction: k, deltas: deltas, gradients: gradients)
    }
    if !layer.bias.isFull { layer.bias.collect(db, into: gradients) }
    if let peepholes = layer.peepholes {
      let job = PeepholeGradients(
        packing: packing, columns: layer.columns, delta: deltas.peepholes, cells: memory.cells.base,
        newCells: configuration.regularization.zonesOut ? memory.unzonedCells.base : nil,
        peepholes: gradients + peepholes, multiplyAdd: kernels.multiplyAdd)
      execution.team.run(job, tasks: job.tasks)
    }
    collectInitialState(direction: k, gradients: gradients)
  }

  /// The gradient of a learned initial state, from ∂E/∂ the initial states.
  func collectInitialState(direction k: Int, gradients: UnsafeMutablePointer<S>) {
    let (layer, memory) = (layout.layers[k], layers[k])
    guard let hidden = layer.initialHidden, let cell = layer.initialCell else { return }
    sumInitialError(memory.hiddenStateError.base, width: layer.outputSize, into: gradients + hidden)
    sumInitialError(memory.cellStateError.base, width: layer.hiddenSize, into: gradients + cell)
  }

  /// y_{t-1} for every row. With equal lengths these are the state's rows one step earlier; otherwise, and where some of it
  /// was dropped, they are copied together, into the error of this layer, which has done its work.
  private func previousHidden(_ k: Int) -> UnsafePointer<S> {
    let memory = layers[k]
    let mask = maskSeed.flatMap { masks.recurrent(k, $0) }
    if packing.isUniform, mask == nil { return UnsafePointer(memory.hidden.base) }
    let (rows, width) = (error(of: k), memory.outputSize)
    copyPrevious(memory.hidden.base, width: width, into: rows)
    if let mask {
      let job = MaskedRows(
        packing: packing, width: width, ofSteps: nil, ofSequences: mask, callerRows: callerRows.base,
        input: UnsafePointer(rows), output: rows)
      execution.team.run(job, tasks: job.tasks)
    }
    return UnsafePointer(rows)
  }

  /// The gates' activations of step t-1 for every row.
  private func previousGates(_ memory: LayerMemory<S>) -> UnsafePointer<S> {
    if packing.isUniform { return UnsafePointer(memory.fedBack.base) }
    let rows = gateRows.reserve(packing.rows * memory.gateCount)
    copyPrevious(memory.fedBack.base, width: memory.gateCount, into: rows)
    return UnsafePointer(rows)
  }

  /// From states `[N + rows, width]`, those before the first step in front, to that before each row.
  private func copyPrevious(_ states: UnsafePointer<S>, width: Int, into rows: UnsafeMutablePointer<S>) {
    for t in 0..<packing.steps {
      (rows + packing.offset[t] * width).update(
        from: states + packing.stateRow(before: t) * width, count: packing.active[t] * width)
    }
  }

  /// A learned initial state takes the error of all sequences that started from it; a given or carried one stands in
  /// its place and leaves it none.
  private func sumInitialError(_ rows: UnsafePointer<S>, width: Int, into sum: UnsafeMutablePointer<S>) {
    sum.update(repeating: 0, count: width)
    guard startedFromModelState else { return }
    for n in 0..<batchSize { kernels.add(width, rows + n * width, sum) }
  }
}
