extension Workspace {
  /// Steps `start ..< start + steps` of a batch become the window's input, packed.
  ///
  /// - Parameter borrowing: where the batch's inputs lie until `endBorrowing`; rows that need no packing stay there.
  /// - Precondition: the batch has been validated and fits the workspace.
  func load(
    _ batch: SequenceBatch<S>, from start: Int = 0, steps: Int, borrowing x: UnsafePointer<S>? = nil
  ) {
    load(batch, from: start, steps: steps, lengths: batch.lengths, borrowing: x)
  }

  /// The same of sequences that end where `lengths` says, `[N]`, or all go on.
  func load(
    _ batch: SequenceBatch<S>, from start: Int, steps: Int, lengths: [Int]?, borrowing x: UnsafePointer<S>?
  ) {
    precondition(
      steps <= maximumSteps && batch.batchSize <= maximumBatchSize,
      "a window of \(steps) steps of \(batch.batchSize) sequences in a workspace for \(maximumSteps) of \(maximumBatchSize)"
    )
    batchSize = batch.batchSize
    masks.rows = batch.share.map { MaskRows(sequences: batch.batchSize, share: $0) }
    if let lengths {
      packing.pack(steps: steps, lengths: lengths, from: start)
    } else {
      packing.pack(steps: steps, batchSize: batchSize)
    }
    for t in 0..<packing.steps {
      for n in 0..<packing.active[t] {
        callerRows.base[packing.offset[t] + n] = (start + t) * batchSize + packing.order[n]
      }
    }
    usesTokens = !batch.tokens.isEmpty
    if usesTokens {
      batch.tokens.withUnsafeBufferPointer { source in
        for row in 0..<packing.rows { tokens.base[row] = source[callerRows.base[row]] }
      }
    } else {
      if x == nil || !packing.isUniform {
        let width = configuration.inputSize
        let packed = input.reserve(packing.rows * width)
        inputRows = UnsafePointer(packed)
        batch.inputs.withUnsafeBufferPointer {
          if let x = $0.baseAddress { gather(x + start * batchSize * width, width: width, into: packed) }
        }
      }
      borrow(x, from: start)
    }
  }

  /// The rows of the loaded window, which begins at step `start` of a batch, are read where the batch's inputs lie until
  /// `endBorrowing`, if they need no packing.
  func borrow(_ x: UnsafePointer<S>?, from start: Int) {
    guard let x, packing.isUniform, !usesTokens else { return }
    inputRows = x + start * batchSize * configuration.inputSize
  }

  /// The window is one step of every sequence, whose input the caller sets.
  func loadStep() {
    batchSize = maximumBatchSize
    packing.pack(steps: 1, batchSize: batchSize)
    for row in 0..<batchSize { callerRows.base[row] = row }
  }

  /// The caller's memory is no longer used.
  func endBorrowing() {
    inputRows = UnsafePointer(input.reserve(0))
    callerOutput = nil
  }

  /// Copies the rows `[T, N, width]` of the caller's order into packed order. Padding is not read.
  func gather(_ source: UnsafePointer<S>, width: Int, into packed: UnsafeMutablePointer<S>) {
    copy(.toPacked, width: width, packed: packed, caller: UnsafeMutablePointer(mutating: source))
  }

  /// Copies packed rows into the rows `[T, N, width]` of the caller's order. Padding is not written.
  func scatter(_ packed: UnsafePointer<S>, width: Int, into target: UnsafeMutablePointer<S>) {
    copy(.fromPacked, width: width, packed: UnsafeMutablePointer(mutating: packed), caller: target)
  }

  private func copy(
    _ direction: RowCopy<S>.Direction, width: Int, packed: UnsafeMutablePointer<S>, caller: UnsafeMutablePointer<S>
  ) {
    let job = RowCopy(direction: direction, packing: packing, width: width, packed: packed, caller: caller)
    execution.team.run(job, tasks: job.tasks)
  }
}
