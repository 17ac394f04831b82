/// What the rows of a batch are compared with, and what they count. Rows are the caller's.
struct LossTargets<S: Scalar> {
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

extension SequenceBatch {
  /// Σ m w over all rows but the padding: what the mean divides by.
  ///
  /// - Precondition: the batch has been validated against the loss.
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

  func withTargets<Result>(
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
