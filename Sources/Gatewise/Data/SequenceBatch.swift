/// A batch of N sequences of up to T steps with their targets, time-major.
///
/// `BatchSource.makeBatch()` makes one batch, which is filled repeatedly: its arrays keep their memory. The input is
/// either dense (`inputs`) or one-hot by index (`tokens`); the targets are classes, values or absent. With `lengths`,
/// row n has `lengths[n]` steps; the steps after them are padding and are never read.
///
/// There is one target per step, or, for a readout on the last step, one per sequence; the shapes below give both.
public struct SequenceBatch<S: Scalar>: Sendable {
  /// T, the number of steps.
  public var steps: Int
  /// N, the number of sequences.
  public var batchSize: Int
  /// I, the number of inputs per step; for tokens the size of the vocabulary.
  public var inputSize: Int
  /// K, the number of classes or of values to predict; 0 without targets.
  public var outputSize: Int
  /// The dense input `[T, N, I]`; empty if `tokens` is used.
  public var inputs: [S] = []
  /// The one-hot input by index, `[T, N]`, each in `0..<I`; empty if `inputs` is used.
  public var tokens: [Int32] = []
  /// The number of steps of each sequence, `[N]`; nil if all have T.
  public var lengths: [Int]?
  /// The target class of each step `[T, N]`, or of each sequence `[N]`; empty if unused.
  public var classes: [Int32] = []
  /// The target values of each step `[T, N, K]`, or of each sequence `[N, K]`; empty if unused.
  public var targets: [S] = []
  /// The weight of each step `[T, N]`, or of each sequence `[N]`, in the loss; nil if all are 1. Weight 0 excludes.
  public var mask: [S]?
  /// Whether row n continues from the state of row n of the previous batch. Otherwise it starts from the initial state.
  public var continuesState: Bool = false
  /// The part of a larger batch that these sequences are; nil if they are the whole batch.
  public var share: BatchShare?

  /// Makes a batch of the given shape with all arrays empty.
  public init(steps: Int, batchSize: Int, inputSize: Int, outputSize: Int = 0) {
    self.steps = steps
    self.batchSize = batchSize
    self.inputSize = inputSize
    self.outputSize = outputSize
  }

  /// Makes a batch without targets from dense input `[T, N, I]`.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the tensor is not three-dimensional or a length is out of range, and
  ///   `GatewiseError.shapeMismatch` if the number of lengths is not N.
  public init(inputs: Tensor<S>, lengths: [Int]? = nil) throws(GatewiseError) {
    guard inputs.shape.count == 3 else {
      throw .invalidArgument("The input of a batch must have the shape [T, N, I], but this tensor has \(inputs.shape).")
    }
    self.init(steps: inputs.shape[0], batchSize: inputs.shape[1], inputSize: inputs.shape[2])
    self.inputs = inputs.elements
    self.lengths = lengths
    try validate()
  }

  /// The number of steps that are not padding, over all sequences.
  package var realSteps: Int { lengths.map { $0.reduce(0, +) } ?? steps * batchSize }

  /// The number of steps of the longest sequence.
  var longestLength: Int { lengths.map { $0.max() ?? 0 } ?? steps }

  /// Resizes every array that is in use to the current shape.
  ///
  /// An array that was as large before allocates nothing. The contents of the arrays are then unspecified.
  ///
  /// - Parameters:
  ///   - oneTargetPerSequence: Whether targets belong to sequences rather than to steps.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func resizeArrays(oneTargetPerSequence: Bool = false) {
    let rows = oneTargetPerSequence ? batchSize : steps * batchSize
    if !inputs.isEmpty { resize(&inputs, to: steps * batchSize * inputSize) }
    if !tokens.isEmpty { resize(&tokens, to: steps * batchSize) }
    if !classes.isEmpty { resize(&classes, to: rows) }
    if !targets.isEmpty { resize(&targets, to: rows * outputSize) }
    if lengths != nil { resize(&lengths!, to: batchSize) }
    if mask != nil { resize(&mask!, to: rows) }
  }
}

/// Sets the count of an array by truncating or by appending zeros, and keeps the memory.
private func resize<Element: Numeric>(_ array: inout [Element], to count: Int) {
  if array.count > count {
    array.removeLast(array.count - count)
  } else if array.count < count {
    array.append(contentsOf: repeatElement(0, count: count - array.count))
  }
}

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

/// The part that a batch has of a larger batch distributed over several processes.
public struct BatchShare: Sendable, Equatable {
  /// The index of its first sequence in the whole batch.
  package let first: Int
  /// The number of sequences of the whole batch.
  package let total: Int

  /// Makes a share that starts at sequence `first` of `total`.
  package init(first: Int, total: Int) { (self.first, self.total) = (first, total) }
}

/// A process's share of every batch of a source. The shares of all processes are as equal in size as possible.
public struct SourceShare: Sendable, Equatable {
  /// The index of the process, from 0.
  package let rank: Int
  /// The number of processes.
  package let count: Int

  /// All sequences, for a single process.
  package static let whole = SourceShare()

  /// Makes the share of process `rank` of `count`, by default all sequences.
  ///
  /// - Precondition: `0 ≤ rank < count`.
  public init(rank: Int = 0, count: Int = 1) {
    precondition((0..<count).contains(rank), "rank \(rank) is outside 0..<\(count)")
    (self.rank, self.count) = (rank, count)
  }

  /// Returns the sequences of this share of a batch of N; may be empty if N is below the number of processes.
  public func sequences(of batchSize: Int) -> Range<Int> {
    batchSize * rank / count..<batchSize * (rank + 1) / count
  }

  /// Returns the maximum number of sequences of this share of a batch of up to N.
  public func most(of batchSize: Int) -> Int { (batchSize + count - 1) / count }

  /// Returns the part of a batch of N that this share is, nil if it is the whole batch.
  public func batchShare(of batchSize: Int) -> BatchShare? {
    count == 1 ? nil : BatchShare(first: sequences(of: batchSize).lowerBound, total: batchSize)
  }
}
