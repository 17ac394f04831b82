/// A source of batches from sequences in memory.
///
/// Each epoch returns every sequence once, N at a time, padded to the longest of its batch; the last batch holds the
/// rest. Memory: the sequences, shared with the caller.
///
///     let source = try ArraySource(
///       sequences: sequences, targets: .classes(labels, count: 3), batchSize: 32, seed: 7)
public struct ArraySource<S: Scalar>: ShareableSource {
  /// The targets of the sequences, in the same order.
  public enum Targets: Sendable {
    /// One class in `0..<count` for each sequence, for a readout on the last step.
    case classes([Int], count: Int)
    /// One class in `0..<count` for each step of each sequence.
    case classesPerStep([[Int]], count: Int)
    /// K values for each sequence, for a readout on the last step.
    case values([[S]])
    /// A tensor `[T_n, K]` for each sequence.
    case valuesPerStep([Tensor<S>])
  }

  /// Whether targets belong to sequences rather than to steps.
  package var hasOneTargetPerSequence: Bool {
    switch targets {
    case .classes, .values: true
    case .classesPerStep, .valuesPerStep: false
    }
  }

  /// I, the number of inputs per step.
  package let inputSize: Int
  /// K, the number of classes or values.
  package let outputSize: Int
  /// N, the number of sequences in every batch but the last.
  package let batchSize: Int
  /// The sequences of every batch that this source returns.
  public var share = SourceShare.whole

  private let sequences: [Tensor<S>]
  private let targets: Targets
  private let longest: Int
  private var order: EpochOrder
  private var position = 0

  /// Makes a source from sequences of any lengths.
  ///
  /// - Parameters:
  ///   - sequences: One tensor `[T_n, I]` for each sequence, with at least one step.
  ///   - targets: The targets, one for each sequence.
  ///   - batchSize: N; limited to the number of sequences.
  ///   - seed: The seed of the order of the sequences in each epoch.
  ///   - shuffles: Whether each epoch has a new order; otherwise all have the order of `sequences`, as for validation.
  /// - Throws: `GatewiseError` that names the invalid sequence.
  public init(
    sequences: [Tensor<S>], targets: Targets, batchSize: Int, seed: UInt64 = 0, shuffles: Bool = true
  ) throws(GatewiseError) {
    guard let first = sequences.first else {
      throw .invalidArgument("A source of batches needs at least one sequence, but has none.")
    }
    guard batchSize > 0 else {
      throw .invalidArgument("The batch size must be at least 1, but is \(batchSize).")
    }
    let inputSize = first.shape.last ?? 0
    for (n, sequence) in sequences.enumerated() {
      guard sequence.shape.count == 2, sequence.shape[0] > 0, sequence.shape[1] == inputSize, inputSize > 0 else {
        throw .invalidArgument(
          "Sequence \(n) has the shape \(sequence.shape), but [T, \(max(inputSize, 1))] with T ≥ 1 is expected.")
      }
      try sequence.requireElements(named: "sequence \(n)")
    }
    outputSize = try targets.check(against: sequences)
    self.inputSize = inputSize
    self.batchSize = min(batchSize, sequences.count)
    self.sequences = sequences
    self.targets = targets
    longest = sequences.reduce(0) { max($0, $1.shape[0]) }
    order = EpochOrder(count: sequences.count, seed: seed, name: "order of sequences", shuffles: shuffles)
  }

  /// The epoch, and the number of its sequences returned so far.
  public var place: SourcePlace { SourcePlace(epoch: order.epoch, position: position) }

  /// Moves to a place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the place is beyond the number of sequences.
  public mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: sequences.count)
    order.go(to: place.epoch)
    position = place.position
  }

  /// Returns a batch of N sequences, or of a share of them, with room for the longest sequence.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: longest, batchSize: share.most(of: batchSize), inputSize: inputSize, outputSize: outputSize)
    batch.inputs = [0]
    batch.lengths = [0]
    switch targets {
    case .classes, .classesPerStep: batch.classes = [0]
    case .values, .valuesPerStep: batch.targets = [0]
    }
    batch.resizeArrays(oneTargetPerSequence: hasOneTargetPerSequence)
    for n in 0..<batch.batchSize { batch.lengths?[n] = longest }
    return batch
  }

  /// Fills `batch` with the next N sequences, padded to the longest of them; returns false at the end of an epoch.
  ///
  /// Copies the sequences once; allocates nothing. A share may have no sequence of the last batch of an epoch: then N
  /// is 0 and the arrays are unchanged.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position < sequences.count else {
      position = 0
      order.go(to: order.epoch + 1)
      return false
    }
    let end = min(position + batchSize, sequences.count)
    let rows = share.sequences(of: end - position)
    let first = position + rows.lowerBound
    batch.batchSize = rows.count
    batch.share = share.batchShare(of: end - position)
    batch.steps = 0
    position = end
    // Arrays must not become empty, since empty arrays count as absent.
    guard !rows.isEmpty else { return true }
    for row in 0..<rows.count { batch.steps = max(batch.steps, sequences[order.items[first + row]].shape[0]) }
    batch.resizeArrays(oneTargetPerSequence: hasOneTargetPerSequence)
    for row in 0..<rows.count { fill(row: row, with: order.items[first + row], of: &batch) }
    return true
  }

  private func fill(row: Int, with index: Int, of batch: inout SequenceBatch<S>) {
    let length = sequences[index].shape[0]
    batch.lengths?[row] = length
    Self.scatter(sequences[index].elements, width: inputSize, row: row, of: batch.batchSize, into: &batch.inputs)
    switch targets {
    case .classes(let classes, _):
      batch.classes[row] = Int32(classes[index])
    case .classesPerStep(let classes, _):
      for t in 0..<length { batch.classes[t * batch.batchSize + row] = Int32(classes[index][t]) }
    case .values(let values):
      Self.scatter(values[index], width: outputSize, row: row, of: batch.batchSize, into: &batch.targets)
    case .valuesPerStep(let values):
      Self.scatter(values[index].elements, width: outputSize, row: row, of: batch.batchSize, into: &batch.targets)
    }
  }

  /// Writes the steps of one sequence, `[T_n, width]`, into row `row` of an array `[T, rows, width]`.
  private static func scatter(_ sequence: [S], width: Int, row: Int, of rows: Int, into array: inout [S]) {
    var (source, target) = (0, row * width)
    while source < sequence.count {
      for k in 0..<width { array[target + k] = sequence[source + k] }
      source += width
      target += rows * width
    }
  }
}

extension ArraySource.Targets {
  /// Checks every target against its sequence and returns K, the number of classes or values.
  fileprivate func check(against sequences: [Tensor<S>]) throws(GatewiseError) -> Int {
    let found: Int
    switch self {
    case .classes(let all, _): found = all.count
    case .classesPerStep(let all, _): found = all.count
    case .values(let all): found = all.count
    case .valuesPerStep(let all): found = all.count
    }
    guard found == sequences.count else {
      throw .invalidArgument("There are \(sequences.count) sequences, but \(found) targets.")
    }
    switch self {
    case .classes(let all, let count):
      for (n, value) in all.enumerated() { try Self.check(class: value, count: count, sequence: n) }
      return count
    case .classesPerStep(let all, let count):
      for (n, values) in all.enumerated() {
        guard values.count == sequences[n].shape[0] else {
          throw .invalidArgument("Sequence \(n) has \(sequences[n].shape[0]) steps, but \(values.count) classes.")
        }
        for value in values { try Self.check(class: value, count: count, sequence: n) }
      }
      return count
    case .values(let all):
      let size = all[0].count
      guard let n = all.firstIndex(where: { $0.isEmpty || $0.count != size }) else { return size }
      throw .invalidArgument("Sequence \(n) has \(all[n].count) target values, but \(max(size, 1)) are expected.")
    case .valuesPerStep(let all):
      let size = all[0].shape.last ?? 0
      for (n, values) in all.enumerated() {
        guard values.shape == [sequences[n].shape[0], size], size > 0 else {
          throw .shapeMismatch(
            name: "the target of sequence \(n)", expected: [sequences[n].shape[0], max(size, 1)], found: values.shape)
        }
        try values.requireElements(named: "the target of sequence \(n)")
      }
      return size
    }
  }

  private static func check(class value: Int, count: Int, sequence: Int) throws(GatewiseError) {
    guard value >= 0, value < count, value <= Int32.max else {
      throw .invalidArgument("Sequence \(sequence) has the class \(value), which is outside 0..<\(count).")
    }
  }
}
