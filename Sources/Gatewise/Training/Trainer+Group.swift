extension Trainer {
  /// What counts in a batch, Σ m w, and its steps: of the shares of all processes together.
  ///
  /// - Throws: `GatewiseError` where the batch does not fit the model or the loss, and what the group throws.
  func whole(_ batch: SequenceBatch<S>) throws -> (weight: Double, rows: Int) {
    guard batch.batchSize > 0 || group == nil else { return try shared([0, 0]) }
    try check(batch)
    let own = (weight: batch.lossWeight(loss, configuration: model.configuration), rows: batch.realSteps)
    return group == nil ? own : try shared([own.weight, Double(own.rows)])
  }

  /// Checks a batch before any number of it is read.
  func check(_ batch: SequenceBatch<S>) throws {
    try model.validate(batch)
    try batch.validate(for: loss, configuration: model.configuration)
  }

  /// The problem of the first process that has one, in all of them.
  func shared(_ problem: GatewiseError?, in group: any ProcessGroup) throws -> GatewiseError? {
    let own = Array("\(problem.map { "\($0)" } ?? "")".utf8)
    var counts = [Double](repeating: 0, count: group.count)
    counts[group.rank] = Double(own.count)
    try group.sums(of: &counts)
    guard let first = counts.firstIndex(where: { $0 > 0 }) else { return nil }
    var text = first == group.rank ? own.map(Double.init) : Array(repeating: 0, count: Int(counts[first]))
    try group.sums(of: &text)
    return .notFinite(
      "\(String(decoding: text.map { UInt8($0) }, as: UTF8.self)) It is of the share of process \(first).")
  }

  private func shared(_ numbers: [Double]) throws -> (weight: Double, rows: Int) {
    var numbers = numbers
    try group!.sums(of: &numbers)
    return (numbers[0], Int(numbers[1]))
  }
}

extension LossSum {
  /// With the losses of all shares; the weight is already that of the whole batch.
  func whole(in group: any ProcessGroup) throws -> LossSum {
    var (whole, losses) = (self, [weightedLoss])
    try group.sums(of: &losses)
    whole.weightedLoss = losses[0]
    return whole
  }
}
