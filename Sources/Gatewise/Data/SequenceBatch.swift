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
