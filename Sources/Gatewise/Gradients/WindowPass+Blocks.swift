/// What truncated BPTT needs in addition to the memory of a segment.
final class BlockMemory<S: Scalar> {
  /// The step between two cuts.
  let every: Int
  /// The most steps that an error goes back.
  let depth: Int
  /// The reach of each sequence in a block, `[N]`.
  fileprivate var reach: [Int] = []
  /// ∂E/∂ the last states, as they were given.
  fileprivate let given: StateErrors<S>
  /// ∂E/∂ the initial states, so far.
  fileprivate let initial: StateErrors<S>

  init(every: Int, depth: Int, _ engine: Engine<S>, plan: MemoryPlan) {
    (self.every, self.depth) = (every, depth)
    given = StateErrors("given errors of states", engine, plan: plan)
    initial = StateErrors("errors of initial states", engine, plan: plan)
  }
}

extension WindowPass {
  /// Runs the backward pass in blocks, each forward once more from the saved state in front of it (see
  /// `TruncatedBPTT`). The parameters are those of `backward`.
  func backward(
    inBlocks memory: BlockMemory<S>, _ batch: SequenceBatch<S>, _ parameters: ParameterVector<S>,
    gradients: VectorView<S>, inputGradient: MatrixView<S>?, loadError: (Segment) -> Void
  ) {
    let blocks = TruncatedBlocks(every: memory.every, depth: memory.depth, batch)
    if memory.reach.count != batch.batchSize { memory.reach = Array(repeating: 0, count: batch.batchSize) }
    if let inputGradient { clearSteps(of: batch, in: inputGradient) }
    memory.given.keep()
    memory.initial.clear()
    for end in blocks.ends {
      guard let block = blocks.block(endingAt: end) else { continue }
      for n in 0..<batch.batchSize { memory.reach[n] = blocks.reach(of: n, in: end) }
      run(to: block, every: memory.every, of: batch, reaching: memory.reach, parameters)
      loadErrors(of: block, blocks, loadError)
      memory.given.forEachRow { n, kept, error in
        if blocks.ends(n, with: end) { error.copy(from: kept) } else { error.fill(0) }
      }
      addGradient(
        of: batch, from: block.start, parameters, to: gradients, isFirst: end == blocks.firstEnd,
        wantsInputError: inputGradient != nil)
      if let inputGradient { addInputError(to: inputGradient) }
      if block.start == 0 {
        memory.initial.forEachRow { n, kept, error in
          if memory.reach[n] > 0 || blocks.ends(n, with: end) { engine.products.kernels.add(error, to: kept) }
        }
      }
    }
    memory.initial.restore()
  }

  /// Runs forward over a block, from the last state saved in front of it.
  private func run(
    to block: TruncatedBlocks.Block, every: Int, of batch: SequenceBatch<S>, reaching reach: [Int],
    _ parameters: ParameterVector<S>
  ) {
    let place = block.start / every
    restore(from: place)
    for steps in [place * every..<block.start, block.start..<block.end] where !steps.isEmpty {
      forward(steps, of: batch, lengths: reach, parameters)
    }
  }

  /// Loads the error of the block's own outputs, and zeros for its other steps.
  private func loadErrors(
    of block: TruncatedBlocks.Block, _ blocks: TruncatedBlocks, _ loadError: (Segment) -> Void
  ) {
    let segment = Segment(start: block.start, steps: block.end - block.start, index: 0, isLast: false)
    let errors = engine.outputError
    loadError(segment)
    if engine.configuration.readsLastStepOnly {
      for n in 0..<engine.window.batchSize where !blocks.ends(n, with: block.end) {
        errors[n].fill(0)
      }
    } else {
      errors.rows(0..<engine.window.packing.offset[block.errors.lowerBound - block.start]).fill(0)
    }
  }

  /// Adds ∂E/∂x of the engine's rows to the caller's.
  private func addInputError(to inputGradient: MatrixView<S>) {
    let (errors, callerRows) = (engine.inputError, engine.window.callerRows)
    for row in 0..<errors.rows { engine.products.kernels.add(errors[row], to: inputGradient[callerRows[row]]) }
  }

  /// Sets every row `[T·N, I]` that is a step of a sequence to zero.
  private func clearSteps(of batch: SequenceBatch<S>, in rows: MatrixView<S>) {
    for row in 0..<batch.steps * batch.batchSize {
      if let lengths = batch.lengths, row / batch.batchSize >= lengths[row % batch.batchSize] { continue }
      rows[row].fill(0)
    }
  }
}
