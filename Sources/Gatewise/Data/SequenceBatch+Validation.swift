extension SequenceBatch {
  /// Checks that the arrays have the sizes the shape asks for and that every index lies in its range.
  ///
  /// Padding is not looked at, and neither is the class of a step whose mask is 0. Reads every length, token and class
  /// once; allocates nothing unless it throws.
  ///
  /// - Parameters:
  ///   - oneTargetPerSequence: Whether targets and mask belong to sequences (a readout on the last step).
  ///   - ignoredClass: A class outside `0..<K` that is allowed: steps of this class do not count.
  /// - Throws: `GatewiseError.invalidArgument` or `.shapeMismatch` naming the first array that disagrees.
  public func validate(oneTargetPerSequence: Bool = false, ignoredClass: Int32? = nil) throws(GatewiseError) {
    guard steps >= 0, batchSize > 0, inputSize > 0, outputSize >= 0 else {
      throw .invalidArgument(
        "A batch needs at least one sequence and one input, but its shape is [\(steps), \(batchSize), \(inputSize)] "
          + "with \(outputSize) outputs.")
    }
    if let lengths {
      try expect("lengths", lengths.count, is: batchSize, [batchSize])
      if let n = lengths.firstIndex(where: { $0 < 0 || $0 > steps }) {
        throw .invalidArgument("Sequence \(n) of the batch has length \(lengths[n]), which lies outside 0...\(steps).")
      }
    }
    try validateInput()
    try validateTargets(oneTargetPerSequence: oneTargetPerSequence, ignoredClass: ignoredClass)
  }

  private func validateInput() throws(GatewiseError) {
    guard inputs.isEmpty || tokens.isEmpty else {
      throw .invalidArgument("A batch has either dense inputs or tokens, but this one has both.")
    }
    if tokens.isEmpty {
      return try expect("inputs", inputs.count, is: steps * batchSize * inputSize, [steps, batchSize, inputSize])
    }
    try expect("tokens", tokens.count, is: steps * batchSize, [steps, batchSize])
    if let row = firstRow(tokens, outside: inputSize, skipping: nil, perSequence: false, allowed: nil) {
      throw .invalidArgument(
        "Token \(tokens[row]) at step \(row / batchSize) of sequence \(row % batchSize) "
          + "lies outside 0..<\(inputSize).")
    }
  }

  private func validateTargets(oneTargetPerSequence: Bool, ignoredClass: Int32?) throws(GatewiseError) {
    let rows = oneTargetPerSequence ? batchSize : steps * batchSize
    func rowShape() -> [Int] { oneTargetPerSequence ? [batchSize] : [steps, batchSize] }
    guard classes.isEmpty || targets.isEmpty else {
      throw .invalidArgument("A batch has either classes or target values, but this one has both.")
    }
    if !targets.isEmpty { try expect("targets", targets.count, is: rows * outputSize, rowShape() + [outputSize]) }
    if let mask { try expect("mask", mask.count, is: rows, rowShape()) }
    if !classes.isEmpty {
      try expect("classes", classes.count, is: rows, rowShape())
      if let row = firstRow(
        classes, outside: outputSize, skipping: mask, perSequence: oneTargetPerSequence, allowed: ignoredClass)
      {
        let place = oneTargetPerSequence ? "" : "step \(row / batchSize) of "
        throw .invalidArgument(
          "Class \(classes[row]) of \(place)sequence \(row % batchSize) lies outside 0..<\(outputSize).")
      }
    }
  }

  /// The first row that counts and whose index lies outside `0..<bound`.
  private func firstRow(
    _ indices: [Int32], outside bound: Int, skipping mask: [S]?, perSequence: Bool, allowed: Int32?
  ) -> Int? {
    for row in indices.indices where indices[row] < 0 || Int(indices[row]) >= bound {
      if let allowed, indices[row] == allowed { continue }
      if let mask, mask[row] == 0 { continue }
      if !perSequence, let lengths, row / batchSize >= lengths[row % batchSize] { continue }
      return row
    }
    return nil
  }

  /// Throws where an array has another count than its shape asks for; the shape is made for the message only.
  private func expect(
    _ name: String, _ found: Int, is expected: Int, _ shape: @autoclosure () -> [Int]
  ) throws(GatewiseError) {
    if found != expected {
      throw .shapeMismatch(name: "the batch's array \(name)", expected: shape(), found: [found])
    }
  }
}
