/// A loss summed over rows, for a mean: Σ m w ℓ and Σ m w (see ``Loss``).
public struct LossSum: Sendable, Equatable {
  /// Σ m w ℓ
  public var weightedLoss = 0.0
  /// Σ m w
  public var weight = 0.0

  /// The weighted mean; 0 where nothing counted.
  public var mean: Double { weight > 0 ? weightedLoss / weight : 0 }
}

extension Workspace {
  /// The loss of the window's outputs against the targets of the batch that was loaded and, where it is wanted, the
  /// error of the outputs, of the mean.
  ///
  /// - Precondition: the batch has been validated against the loss.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func evaluate(_ loss: any Loss, on batch: SequenceBatch<S>, wantsError: Bool) -> LossSum {
    batch.classes.withUnsafeBufferPointer { classes in
      batch.targets.withUnsafeBufferPointer { values in
        var job = LossRows(
          rows: outputRows, width: configuration.outputSize, loss: loss, outputs: output,
          callerRows: configuration.readsLastStepOnly ? nil : callerRows.base, classes: classes.baseAddress!,
          values: values.baseAddress!, mask: batch.mask, error: outputError.base, rowLosses: rowLosses.base,
          wantsError: wantsError, kernels: kernels)
        var sum = LossSum()
        // Both sums run over the rows in order, whatever the number of threads.
        for row in 0..<outputRows { sum.weight += Double(job.weight(of: row)) }
        job.scale = sum.weight > 0 ? S(1 / sum.weight) : 0
        execution.team.run(job, tasks: job.tasks)
        for row in 0..<outputRows { sum.weightedLoss += Double(rowLosses.base[row]) }
        return sum
      }
    }
  }
}

/// The losses of all rows and their slopes. One task is a block of rows.
private struct LossRows<S: Scalar>: TeamJob {
  let rows: Int
  /// K
  let width: Int
  let loss: any Loss
  /// `[rows, K]`
  let outputs: UnsafePointer<S>
  /// The caller's row of each row; nil where they are the same.
  let callerRows: UnsafePointer<Int>?
  /// `[caller's rows]`, for losses on classes.
  let classes: UnsafePointer<Int32>
  /// `[caller's rows, K]`, for losses on values.
  let values: UnsafePointer<S>
  /// `[caller's rows]`
  let mask: [S]?
  /// `[rows, K]`; scratch where the error is not wanted.
  let error: UnsafeMutablePointer<S>
  /// `[rows]`: m w ℓ
  let rowLosses: UnsafeMutablePointer<S>
  let wantsError: Bool
  let kernels: Kernels<S>
  /// 1 / Σ m w
  var scale: S = 0

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      let (m, slot) = (maskValue(of: row), error + row * width)
      guard m != 0 else {
        slot.update(repeating: 0, count: width)
        rowLosses[row] = 0
        continue
      }
      rowLosses[row] =
        m
        * loss.evaluate(
          outputs: outputs + row * width, count: width, target: target(of: row), scale: scale * m,
          gradient: wantsError ? slot : nil, scratch: slot, kernels: kernels)
    }
  }

  /// m w of a row.
  func weight(of row: Int) -> S {
    let m = maskValue(of: row)
    return m == 0 ? 0 : m * loss.weight(of: target(of: row))
  }

  private func callerRow(_ row: Int) -> Int { callerRows.map { $0[row] } ?? row }

  private func maskValue(of row: Int) -> S { mask.map { $0[callerRow(row)] } ?? 1 }

  private func target(of row: Int) -> Target<S> {
    switch loss.targetKind {
    case .classes: Target(classIndex: classes[callerRow(row)])
    case .values: Target(values: values + callerRow(row) * width)
    }
  }
}

extension SequenceBatch {
  /// Checks that the batch has the targets that a loss compares with a model's outputs.
  ///
  /// - Throws: `GatewiseError` saying what is missing or which class is out of range.
  func validate(for loss: any Loss, configuration: LSTMConfiguration) throws(GatewiseError) {
    let K = configuration.outputSize
    try loss.validate(outputSize: K)
    guard outputSize == K else {
      throw .invalidArgument("The batch has targets for \(outputSize) outputs, but the model has \(K).")
    }
    switch loss.targetKind {
    case .values:
      guard !targets.isEmpty else {
        throw .invalidArgument("This loss compares values, but the batch has no targets; fill `targets`.")
      }
    case .classes:
      guard !classes.isEmpty else {
        throw .invalidArgument("This loss compares classes, but the batch has no classes; fill `classes`.")
      }
      let perSequence = configuration.readsLastStepOnly
      for row in classes.indices {
        let (step, n) = (perSequence ? 0 : row / batchSize, row % batchSize)
        if let mask, mask[row] == 0 { continue }
        if !perSequence, let lengths, step >= lengths[n] { continue }
        try loss.validate(classIndex: classes[row], outputSize: K, step: step, sequence: n)
      }
    }
  }
}
