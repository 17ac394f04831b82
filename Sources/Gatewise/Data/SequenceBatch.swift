/// N sequences of up to T steps with what is to be learned from them, time-major.
///
/// One batch is made by `BatchSource.makeBatch()` and filled again and again: its arrays keep their memory.
/// Input is either dense (`inputs`) or one-hot by index (`tokens`); what is to be learned is either classes or values,
/// or nothing. With `lengths`, row n has `lengths[n]` steps; what stands behind them is padding and is never read.
///
/// Targets belong to every step, or, for a readout on the last step, to every sequence; the shapes below give both.
public struct SequenceBatch<S: Scalar>: Sendable {
  /// T, the number of steps.
  public var steps: Int
  /// N, the number of sequences.
  public var batchSize: Int
  /// I, the number of inputs a step; for tokens the size of the vocabulary.
  public var inputSize: Int
  /// K, the number of classes or of values to predict; 0 where there are no targets.
  public var outputSize: Int
  /// Dense input `[T, N, I]`; empty where `tokens` is used.
  public var inputs: [S] = []
  /// One-hot input by index, `[T, N]`, each in `0..<I`; empty where `inputs` is used.
  public var tokens: [Int32] = []
  /// How many steps each sequence has, `[N]`; nil where all have T.
  public var lengths: [Int]?
  /// The right class of each step `[T, N]`, or of each sequence `[N]`; empty where unused.
  public var classes: [Int32] = []
  /// The right values of each step `[T, N, K]`, or of each sequence `[N, K]`; empty where unused.
  public var targets: [S] = []
  /// The weight of each step `[T, N]`, or of each sequence `[N]`, in the loss; nil where all are 1. 0 is not counted.
  public var mask: [S]?
  /// Whether row n goes on where row n of the batch before ended. Otherwise it starts from the initial state.
  public var continuesState: Bool = false
  /// Which sequences of a larger batch these are; nil where they are all.
  public var share: BatchShare?

  /// Makes a batch of a shape with all arrays empty.
  public init(steps: Int, batchSize: Int, inputSize: Int, outputSize: Int = 0) {
    self.steps = steps
    self.batchSize = batchSize
    self.inputSize = inputSize
    self.outputSize = outputSize
  }

  /// Makes a batch without targets from dense input `[T, N, I]`.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where the tensor has another number of dimensions or the lengths do not
  ///   fit it.
  public init(inputs: Tensor<S>, lengths: [Int]? = nil) throws(GatewiseError) {
    guard inputs.shape.count == 3 else {
      throw .invalidArgument("The input of a batch has the shape [T, N, I], but this tensor has \(inputs.shape).")
    }
    self.init(steps: inputs.shape[0], batchSize: inputs.shape[1], inputSize: inputs.shape[2])
    self.inputs = inputs.elements
    self.lengths = lengths
    try validate()
  }

  /// The number of steps that are not padding, over all sequences.
  public var realSteps: Int { lengths.map { $0.reduce(0, +) } ?? steps * batchSize }

  /// Gives every array that is in use the number of elements that the current sizes ask for.
  ///
  /// Nothing is allocated where an array held as many before. What stands in the arrays afterwards is not specified.
  ///
  /// - Parameters:
  ///   - oneTargetPerSequence: Whether targets belong to sequences rather than to steps.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func resizeArrays(oneTargetPerSequence: Bool = false) {
    let rows = oneTargetPerSequence ? batchSize : steps * batchSize
    if !inputs.isEmpty { inputs.setCount(steps * batchSize * inputSize) }
    if !tokens.isEmpty { tokens.setCount(steps * batchSize) }
    if !classes.isEmpty { classes.setCount(rows) }
    if !targets.isEmpty { targets.setCount(rows * outputSize) }
    lengths?.setCount(batchSize)
    mask?.setCount(rows)
  }
}

extension Array where Element: Numeric {
  /// Makes the count `newCount`, by cutting off the end or by appending zeros, and keeps the memory.
  mutating func setCount(_ newCount: Int) {
    if count > newCount {
      removeLast(count - newCount)
    } else if count < newCount {
      append(contentsOf: repeatElement(0, count: newCount - count))
    }
  }
}
