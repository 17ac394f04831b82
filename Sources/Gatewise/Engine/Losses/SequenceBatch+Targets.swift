/// The targets of the rows of a batch, and the weights of the rows. Rows are the caller's.
struct LossTargets<S: Scalar> {
  let loss: any Loss
  /// The loss, if it uses the kernels.
  let kernelLoss: (any KernelLoss)?
  /// K
  let width: Int
  /// `[rows]`, for losses on classes; else nil.
  let classes: VectorView<Int32>?
  /// `[rows·K]`, for losses on values; else nil.
  let values: VectorView<S>?
  /// `[rows]`
  let mask: [S]?

  func maskValue(of row: Int) -> S { mask.map { $0[row] } ?? 1 }

  /// The class of a row; 0 for losses on values.
  func classIndex(of row: Int) -> Int { classes.map { Int($0[row]) } ?? 0 }

  /// The K values of a row; nil for losses on classes.
  func values(of row: Int) -> VectorView<S>? { values?.vector(at: row * width, count: width) }

  /// w of a row.
  func classWeight(of row: Int) -> S { classes == nil ? 1 : S(loss.weight(ofClass: classIndex(of: row))) }

  /// m w of a row.
  func weight(of row: Int) -> S {
    let m = maskValue(of: row)
    return m == 0 ? 0 : m * classWeight(of: row)
  }

  /// Returns ℓ of a row and writes its scaled slope, if it is wanted.
  func evaluate(_ row: OutputRow<S>) -> S { kernelLoss?.evaluate(row) ?? loss.evaluateWithoutKernels(row) }
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
    classes.withView { classes in
      targets.withView { values in
        body(
          LossTargets(
            loss: loss, kernelLoss: loss as? any KernelLoss, width: width,
            classes: loss.targetKind == .classes ? classes : nil, values: loss.targetKind == .values ? values : nil,
            mask: mask))
      }
    }
  }

  /// Checks that the batch has the targets that a loss compares with a model's outputs.
  ///
  /// - Throws: `GatewiseError` saying what is missing or which class is out of range, or the loss's own error.
  func validate(for loss: any Loss, configuration: LSTMConfiguration) throws {
    let K = configuration.outputSize
    try loss.validate(outputSize: K)
    guard outputSize == K else {
      throw GatewiseError.invalidArgument("The batch has targets for \(outputSize) outputs, but the model has \(K).")
    }
    switch loss.targetKind {
    case .values:
      guard !targets.isEmpty else {
        throw GatewiseError.invalidArgument("This loss compares values, but the batch has no targets; fill `targets`.")
      }
    case .classes:
      guard !classes.isEmpty else {
        throw GatewiseError.invalidArgument("This loss compares classes, but the batch has no classes; fill `classes`.")
      }
      let perSequence = configuration.readsLastStepOnly
      for row in classes.indices {
        let (step, n) = (perSequence ? 0 : row / batchSize, row % batchSize)
        if let mask, mask[row] == 0 { continue }
        if !perSequence, let lengths, step >= lengths[n] { continue }
        guard loss.accepts(class: Int(classes[row]), outputSize: K) else {
          throw GatewiseError.invalidArgument(
            "The target of step \(step) of sequence \(n) is class \(classes[row]), but \(K) outputs have classes 0 to "
              + "\(K - 1); correct the target, or name it as the ignored index.")
        }
      }
    }
  }
}
