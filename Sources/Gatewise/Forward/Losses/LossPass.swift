/// A loss summed over rows, for a mean: Σ m w ℓ and Σ m w (see ``Loss``).
public struct LossSum: Sendable, Equatable, Codable {
  /// Σ m w ℓ
  public var weightedLoss = 0.0
  /// Σ m w
  public var weight = 0.0

  /// The weighted mean; 0 where nothing counted.
  public var mean: Double { weight > 0 ? weightedLoss / weight : 0 }
}

extension Workspace {
  /// The loss of each of the window's outputs and, where it is wanted, the error of the outputs, of the mean over the
  /// whole batch.
  ///
  /// - Parameters:
  ///   - batch: the batch that was loaded, of which the window may be a part.
  ///   - start: the step of the batch at which the window begins.
  ///   - weight: Σ m w of the whole batch; see `lossWeight`.
  /// - Precondition: the batch has been validated against the loss.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func evaluate(_ loss: any Loss, on batch: SequenceBatch<S>, from start: Int, weight: Double, wantsError: Bool) {
    let perSequence = configuration.readsLastStepOnly
    if !packing.isUniform { rowLosses.base.update(repeating: 0, count: lossRows) }
    batch.withTargets(of: loss, width: configuration.outputSize) { targets in
      let job = LossRows(
        rows: outputRows, targets: targets, outputs: output, callerRows: perSequence ? nil : callerRows.base,
        firstCallerRow: perSequence ? 0 : start * batchSize, error: outputError.base, rowLosses: rowLosses.base,
        wantsError: wantsError, kernels: kernels, scale: weight > 0 ? S(1 / weight) : 0)
      execution.team.run(job, tasks: job.tasks)
    }
  }

  /// Adds the losses of the last evaluation to a sum, in the order of the caller's rows: the same bits for every number
  /// of threads and wherever windows begin.
  func addLosses(to sum: inout Double) {
    for row in 0..<lossRows { sum += Double(rowLosses.base[row]) }
  }

  /// Losses of a window, padding among them.
  private var lossRows: Int { configuration.readsLastStepOnly ? batchSize : packing.steps * batchSize }
}

/// What the rows of a batch are compared with, and what they count. Rows are the caller's.
private struct LossTargets<S: Scalar> {
  let loss: any Loss
  /// K
  let width: Int
  /// `[rows]`, for losses on classes; else there may be none.
  let classes: UnsafePointer<Int32>?
  /// `[rows, K]`, for losses on values; else there may be none.
  let values: UnsafePointer<S>?
  /// `[rows]`
  let mask: [S]?

  func maskValue(of row: Int) -> S { mask.map { $0[row] } ?? 1 }

  func target(of row: Int) -> Target<S> {
    switch loss.targetKind {
    case .classes: Target(classIndex: classes![row])
    case .values: Target(values: values! + row * width)
    }
  }

  /// m w of a row.
  func weight(of row: Int) -> S {
    let m = maskValue(of: row)
    return m == 0 ? 0 : m * loss.weight(of: target(of: row))
  }
}

/// The losses of all rows and their slopes. One task is a block of rows.
private struct LossRows<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let targets: LossTargets<S>
  /// `[rows, K]`
  let outputs: UnsafePointer<S>
  /// The caller's row of each row; nil where they are the same.
  let callerRows: UnsafePointer<Int>?
  /// The caller's row at which the window begins.
  let firstCallerRow: Int
  /// `[rows, K]`; scratch where the error is not wanted.
  let error: UnsafeMutablePointer<S>
  /// `[caller's rows of the window]`: m w ℓ
  let rowLosses: UnsafeMutablePointer<S>
  let wantsError: Bool
  let kernels: Kernels<S>
  /// 1 / Σ m w
  let scale: S

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (first, K) = (task * AffineProduct<S>.rowsPerTask, targets.width)
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      let callerRow = callerRows.map { $0[row] } ?? row
      let (m, slot) = (targets.maskValue(of: callerRow), error + row * K)
      guard m != 0 else {
        slot.update(repeating: 0, count: K)
        rowLosses[callerRow - firstCallerRow] = 0
        continue
      }
      rowLosses[callerRow - firstCallerRow] =
        m
        * targets.loss.evaluate(
          outputs: outputs + row * K, count: K, target: targets.target(of: callerRow), scale: scale * m,
          gradient: wantsError ? slot : nil, scratch: slot, kernels: kernels)
    }
  }
}

extension SequenceBatch {
  /// Σ m w over all rows but the padding: what the mean divides by.
  ///
  /// - Precondition: the batch has been validated against the loss.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func lossWeight(_ loss: any Loss, configuration: LSTMConfiguration) -> Double {
    withTargets(of: loss, width: configuration.outputSize) { targets in
      let lengths = configuration.readsLastStepOnly ? nil : lengths
      var sum = 0.0
      for row in 0..<(configuration.readsLastStepOnly ? 1 : steps) * batchSize {
        if let lengths, row / batchSize >= lengths[row % batchSize] { continue }
        sum += Double(targets.weight(of: row))
      }
      return sum
    }
  }

  fileprivate func withTargets<Result>(
    of loss: any Loss, width: Int, _ body: (LossTargets<S>) -> Result
  ) -> Result {
    classes.withUnsafeBufferPointer { classes in
      targets.withUnsafeBufferPointer { values in
        body(
          LossTargets(
            loss: loss, width: width, classes: classes.baseAddress, values: values.baseAddress, mask: mask))
      }
    }
  }

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
