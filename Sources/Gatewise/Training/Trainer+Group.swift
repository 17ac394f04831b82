extension Trainer {
  /// Returns the weight of a batch, Σ m w, and its number of steps, summed over the shares of all processes.
  ///
  /// - Throws: `GatewiseError` if the batch does not match the model or the loss, and the errors of the group.
  func whole(_ batch: SequenceBatch<S>) throws -> (weight: Double, rows: Int) {
    guard batch.batchSize > 0 || group == nil else { return try shared([0, 0]) }
    try check(batch)
    let own = (weight: batch.lossWeight(loss, configuration: model.configuration), rows: batch.realSteps)
    return group == nil ? own : try shared([own.weight, Double(own.rows)])
  }

  /// Checks that a batch matches the model and the loss, before its numbers are read.
  func check(_ batch: SequenceBatch<S>) throws {
    try model.validate(batch)
    try batch.validate(for: loss, configuration: model.configuration)
  }

  /// Returns, in all processes, the problem of the first process that has one.
  func shared(_ problem: GatewiseError?, in group: any ProcessGroup) throws -> GatewiseError? {
    let own = Array("\(problem.map { "\($0)" } ?? "")".utf8)
    var counts = [Double](repeating: 0, count: group.count)
    counts[group.rank] = Double(own.count)
    try group.sums(of: &counts)
    guard let first = counts.firstIndex(where: { $0 > 0 }) else { return nil }
    var text = first == group.rank ? own.map(Double.init) : Array(repeating: 0, count: Int(counts[first]))
    try group.sums(of: &text)
    return .notFinite(
      "\(String(decoding: text.map { UInt8($0) }, as: UTF8.self)) It occurred in the share of process \(first).")
  }

  private func shared(_ numbers: [Double]) throws -> (weight: Double, rows: Int) {
    var numbers = numbers
    try group!.sums(of: &numbers)
    return (numbers[0], Int(numbers[1]))
  }
}

extension LossSum {
  /// Returns the sum over all shares; the weight is already that of the whole batch.
  func whole(in group: any ProcessGroup) throws -> LossSum {
    var (whole, losses) = (self, [weightedLoss])
    try group.sums(of: &losses)
    whole.weightedLoss = losses[0]
    return whole
  }
}
