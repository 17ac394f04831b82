/// What truncated BPTT needs besides a segment's memory.
final class TruncationMemory<S: Scalar> {
  /// How far each sequence reaches in a block, `[N]`.
  fileprivate var reach: [Int]
  /// ∂E/∂ the last states, as they came in.
  fileprivate let given: StateErrors<S>
  /// ∂E/∂ the initial states, so far.
  fileprivate let initial: StateErrors<S>

  init(_ configuration: LSTMConfiguration, batchSize: Int) {
    reach = Array(repeating: 0, count: batchSize)
    given = StateErrors(configuration, batchSize: batchSize)
    initial = StateErrors(configuration, batchSize: batchSize)
  }
}

extension WindowPass {
  /// The backward pass in blocks, each forward once more from the saved state in front of it (see `TruncatedBPTT`).
  /// Parameters are those of `backward`.
  func backward(
    inBlocksOf rule: TruncatedBPTT, _ memory: TruncationMemory<S>, _ batch: SequenceBatch<S>,
    parameters: UnsafePointer<S>, version: ParameterVersion, gradients: UnsafeMutablePointer<S>,
    inputGradient: UnsafeMutablePointer<S>?, loadError: (Segment) -> Void
  ) {
    let blocks = TruncatedBlocks(rule, batch)
    if memory.reach.count != batch.batchSize { memory.reach = Array(repeating: 0, count: batch.batchSize) }
    if let inputGradient { clearSteps(of: batch, in: inputGradient) }
    memory.given.forEachRow(of: workspace) { _, kept, error, width in kept.update(from: error, count: width) }
    memory.initial.forEachRow(of: workspace) { _, kept, _, width in kept.update(repeating: 0, count: width) }
    for end in blocks.ends {
      guard let block = blocks.block(endingAt: end) else { continue }
      for n in 0..<batch.batchSize { memory.reach[n] = blocks.reach(of: n, in: end) }
      run(to: block, rule, of: batch, reaching: memory.reach, parameters: parameters, version: version)
      loadErrors(of: block, blocks, loadError)
      memory.given.forEachRow(of: workspace) { n, kept, error, width in
        if blocks.ends(n, with: end) {
          error.update(from: kept, count: width)
        } else {
          error.update(repeating: 0, count: width)
        }
      }
      sendBack(
        batch, from: block.start, parameters: parameters, gradients: gradients, isFirst: end == blocks.firstEnd,
        wantsInputError: inputGradient != nil)
      if let inputGradient { addInputError(from: block.start, to: inputGradient) }
      if block.start == 0 {
        memory.initial.forEachRow(of: workspace) { n, kept, error, width in
          if memory.reach[n] > 0 || blocks.ends(n, with: end) { workspace.kernels.add(width, error, kept) }
        }
      }
    }
    memory.initial.forEachRow(of: workspace) { _, kept, error, width in error.update(from: kept, count: width) }
  }

  /// Runs forward over a block, from the state that was saved last in front of it.
  private func run(
    to block: TruncatedBlocks.Block, _ rule: TruncatedBPTT, of batch: SequenceBatch<S>, reaching reach: [Int],
    parameters: UnsafePointer<S>, version: ParameterVersion
  ) {
    let place = block.start / rule.every
    restore(from: place)
    for steps in [place * rule.every..<block.start, block.start..<block.end] where !steps.isEmpty {
      forward(steps, of: batch, lengths: reach, parameters: parameters, version: version)
    }
  }

  /// The error of the block's own outputs, and of no other of its steps.
  private func loadErrors(
    of block: TruncatedBlocks.Block, _ blocks: TruncatedBlocks, _ loadError: (Segment) -> Void
  ) {
    let segment = Segment(start: block.start, steps: block.end - block.start, index: 0, isLast: false)
    let K = workspace.configuration.outputSize
    let errors = workspace.outputError.base
    loadError(segment)
    if workspace.configuration.readsLastStepOnly {
      for n in 0..<workspace.batchSize where !blocks.ends(n, with: block.end) {
        (errors + n * K).update(repeating: 0, count: K)
      }
    } else {
      errors.update(repeating: 0, count: workspace.packing.offset[block.errors.lowerBound - block.start] * K)
    }
  }

  /// ∂E/∂x of the rows of the workspace is added to that of the caller's.
  private func addInputError(from start: Int, to inputGradient: UnsafeMutablePointer<S>) {
    let width = workspace.configuration.inputSize
    for row in 0..<workspace.packing.rows {
      workspace.kernels.add(
        width, workspace.inputError + row * width, inputGradient + workspace.callerRows.base[row] * width)
    }
  }

  /// Zeros for every row `[T, N, I]` that is a step of a sequence.
  private func clearSteps(of batch: SequenceBatch<S>, in rows: UnsafeMutablePointer<S>) {
    let width = workspace.configuration.inputSize
    for row in 0..<batch.steps * batch.batchSize {
      if let lengths = batch.lengths, row / batch.batchSize >= lengths[row % batch.batchSize] { continue }
      (rows + row * width).update(repeating: 0, count: width)
    }
  }
}
