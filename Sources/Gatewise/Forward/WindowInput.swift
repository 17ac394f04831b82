extension Workspace {
  /// Steps `start ..< start + steps` of a batch become the window's input, packed.
  ///
  /// - Parameter borrowing: where the batch's inputs lie until `endBorrowing`; rows that need no packing stay there.
  /// - Precondition: the batch has been validated and fits the workspace.
  func load(
    _ batch: SequenceBatch<S>, from start: Int = 0, steps: Int, borrowing x: UnsafePointer<S>? = nil
  ) {
    precondition(
      steps <= maximumSteps && batch.batchSize <= maximumBatchSize,
      "a window of \(steps) steps of \(batch.batchSize) sequences in a workspace for \(maximumSteps) of \(maximumBatchSize)"
    )
    batchSize = batch.batchSize
    if let lengths = batch.lengths {
      packing.pack(steps: steps, lengths: lengths, from: start)
    } else {
      packing.pack(steps: steps, batchSize: batchSize)
    }
    forEachRow { row, step, sequence in callerRows.base[row] = (start + step) * batchSize + sequence }
    usesTokens = !batch.tokens.isEmpty
    if usesTokens {
      batch.tokens.withUnsafeBufferPointer { source in
        for row in 0..<packing.rows { tokens.base[row] = source[callerRows.base[row]] }
      }
    } else {
      let width = configuration.inputSize
      inputRows = UnsafePointer(input.base)
      batch.inputs.withUnsafeBufferPointer { source in
        if let x, packing.isUniform {
          inputRows = x + start * batchSize * width
        } else {
          gather(source.baseAddress! + start * batchSize * width, width: width, into: input.base)
        }
      }
    }
  }

  /// The window is one step of every sequence, whose input the caller sets.
  func loadStep() {
    batchSize = maximumBatchSize
    packing.pack(steps: 1, batchSize: batchSize)
    for row in 0..<batchSize { callerRows.base[row] = row }
  }

  /// The caller's memory is no longer used.
  func endBorrowing() {
    inputRows = UnsafePointer(input.base)
    callerOutput = nil
  }

  /// Copies the rows `[T, N, width]` of the caller's order into packed order. Padding is not read.
  func gather(_ source: UnsafePointer<S>, width: Int, into packed: UnsafeMutablePointer<S>) {
    if packing.isUniform {
      packed.update(from: source, count: packing.rows * width)
    } else {
      forEachRow { row, step, sequence in
        (packed + row * width).update(from: source + (step * batchSize + sequence) * width, count: width)
      }
    }
  }

  /// Copies packed rows into the rows `[T, N, width]` of the caller's order. Padding is not written.
  func scatter(_ packed: UnsafePointer<S>, width: Int, into target: UnsafeMutablePointer<S>) {
    if packing.isUniform {
      target.update(from: packed, count: packing.rows * width)
    } else {
      forEachRow { row, step, sequence in
        (target + (step * batchSize + sequence) * width).update(from: packed + row * width, count: width)
      }
    }
  }

  /// Calls `body` with every packed row, its step and the caller's number of its sequence.
  private func forEachRow(_ body: (_ row: Int, _ step: Int, _ sequence: Int) -> Void) {
    for step in 0..<packing.steps {
      for n in 0..<packing.active[step] { body(packing.offset[step] + n, step, packing.order[n]) }
    }
  }
}
