extension SequenceBatch {
  /// Checks that the arrays have the sizes of the shape and that every length and token is in its range.
  ///
  /// Padding is not checked, and neither are classes: the loss checks them, since it may ignore some. Reads every
  /// length and token once; allocates nothing unless it throws.
  ///
  /// - Parameter oneTargetPerSequence: Whether targets and mask belong to sequences (a readout on the last step).
  /// - Throws: `GatewiseError.invalidArgument` or `.shapeMismatch` that names the first invalid array.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func validate(oneTargetPerSequence: Bool = false) throws(GatewiseError) {
    guard steps >= 0, batchSize > 0, inputSize > 0, outputSize >= 0 else {
      throw .invalidArgument(
        "A batch needs at least one sequence and one input, but its shape is [\(steps), \(batchSize), \(inputSize)] "
          + "with \(outputSize) outputs.")
    }
    let (rows, tooManyRows) = steps.multipliedReportingOverflow(by: batchSize)
    guard !tooManyRows, !rows.multipliedReportingOverflow(by: max(inputSize, outputSize)).overflow else {
      throw .invalidArgument(
        "A batch of the shape [\(steps), \(batchSize), \(inputSize)] with \(outputSize) outputs is too large for any "
          + "memory.")
    }
    if let lengths {
      try expect("lengths", lengths.count, is: batchSize, [batchSize])
      if let n = lengths.firstIndex(where: { $0 < 0 || $0 > steps }) {
        throw .invalidArgument("Sequence \(n) of the batch has length \(lengths[n]), which is outside 0...\(steps).")
      }
    }
    try validateInput()
    try validateTargets(oneTargetPerSequence: oneTargetPerSequence)
  }

  private func validateInput() throws(GatewiseError) {
    guard inputs.isEmpty || tokens.isEmpty else {
      throw .invalidArgument("A batch must have either dense inputs or tokens, but this one has both.")
    }
    if tokens.isEmpty {
      return try expect("inputs", inputs.count, is: steps * batchSize * inputSize, [steps, batchSize, inputSize])
    }
    try expect("tokens", tokens.count, is: steps * batchSize, [steps, batchSize])
    for row in tokens.indices where tokens[row] < 0 || Int(tokens[row]) >= inputSize {
      if let lengths, row / batchSize >= lengths[row % batchSize] { continue }
      throw .invalidArgument(
        "Token \(tokens[row]) at step \(row / batchSize) of sequence \(row % batchSize) "
          + "is outside 0..<\(inputSize).")
    }
  }

  private func validateTargets(oneTargetPerSequence: Bool) throws(GatewiseError) {
    let rows = oneTargetPerSequence ? batchSize : steps * batchSize
    func rowShape() -> [Int] { oneTargetPerSequence ? [batchSize] : [steps, batchSize] }
    guard classes.isEmpty || targets.isEmpty else {
      throw .invalidArgument("A batch must have either classes or target values, but this one has both.")
    }
    if !targets.isEmpty { try expect("targets", targets.count, is: rows * outputSize, rowShape() + [outputSize]) }
    if !classes.isEmpty { try expect("classes", classes.count, is: rows, rowShape()) }
    guard let mask else { return }
    try expect("mask", mask.count, is: rows, rowShape())
    for row in mask.indices where !(mask[row] >= 0 && mask[row].isFinite) {
      if !oneTargetPerSequence, let lengths, row / batchSize >= lengths[row % batchSize] { continue }
      throw .invalidArgument(
        "The mask at step \(oneTargetPerSequence ? 0 : row / batchSize) of sequence \(row % batchSize) is "
          + "\(mask[row]), but it must be a finite number of at least 0.")
    }
  }

  /// Throws if the count of an array does not match its shape, which is evaluated for the message only.
  private func expect(
    _ name: String, _ found: Int, is expected: Int, _ shape: @autoclosure () -> [Int]
  ) throws(GatewiseError) {
    if found != expected {
      throw .shapeMismatch(name: "the batch's array \(name)", expected: shape(), found: [found])
    }
  }
}
