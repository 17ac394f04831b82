import Gatewise

/// Overlapping windows of one series, N at a time, drawn in a new order each epoch.
///
/// A small series gives many windows: 144 rows hold 109 windows of 36. Every window begins from the initial state. What
/// does not fill a batch at the end of an epoch is passed over; the next epoch's order is another.
public struct WindowSource<S: Scalar>: ResumableSource {
  /// N, the number of windows in a batch.
  public let batchSize: Int
  /// T, the number of steps of a window.
  public let window: Int
  /// The number of batches in an epoch.
  public var batchesPerEpoch: Int { starts.items.count / batchSize }

  private let inputs: [S]
  private let inputSize: Int
  private let targets: [S]
  private let outputSize: Int
  private var starts: EpochOrder
  private var position = 0

  /// - Precondition: `inputs` `[U, I]` and `targets` `[U, K]` have the same number of steps U ≥ `window`.
  init(
    inputs: [S], inputSize: Int, targets: [S], outputSize: Int, batchSize: Int, window: Int, seed: UInt64
  ) {
    let steps = inputs.count / inputSize
    precondition(steps >= window && steps * outputSize == targets.count, "\(steps) steps for windows of \(window)")
    self.inputs = inputs
    self.inputSize = inputSize
    self.targets = targets
    self.outputSize = outputSize
    self.window = window
    starts = EpochOrder(count: steps - window + 1, seed: seed, name: "order of windows")
    self.batchSize = min(batchSize, starts.items.count)
  }

  /// The epoch, and how many of its windows have been given.
  public var place: SourcePlace { SourcePlace(epoch: starts.epoch, position: position) }

  /// Goes to a place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where there are not so many windows.
  public mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: starts.items.count)
    starts.go(to: place.epoch)
    position = place.position
  }

  /// A batch of N windows.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(steps: window, batchSize: batchSize, inputSize: inputSize, outputSize: outputSize)
    batch.inputs = [0]
    batch.targets = [0]
    batch.resizeArrays()
    return batch
  }

  /// Puts the next N windows into `batch`; false at the end of an epoch. Allocates nothing.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position + batchSize <= starts.items.count else {
      position = 0
      starts.go(to: starts.epoch + 1)
      return false
    }
    for row in 0..<batchSize {
      let start = starts.items[position + row]
      for t in 0..<window {
        let target = t * batchSize + row
        for i in 0..<inputSize { batch.inputs[target * inputSize + i] = inputs[(start + t) * inputSize + i] }
        for k in 0..<outputSize { batch.targets[target * outputSize + k] = targets[(start + t) * outputSize + k] }
      }
    }
    position += batchSize
    return true
  }
}

/// One series from its first step to its last with carried state, of which only the end counts.
public struct SeriesSource<S: Scalar>: BatchSource {
  private let inputs: [S]
  private let inputSize: Int
  private let targets: [S]
  private let outputSize: Int
  private let firstCounted: Int
  private let window: Int
  private var position = 0

  /// The number of steps that have a target; inputs may go on behind them.
  private var steps: Int { targets.count / outputSize }

  init(inputs: [S], inputSize: Int, targets: [S], outputSize: Int, firstCounted: Int, window: Int) {
    self.inputs = inputs
    self.inputSize = inputSize
    self.targets = targets
    self.outputSize = outputSize
    self.firstCounted = firstCounted
    self.window = window
  }

  /// A batch of one sequence of T steps with a mask.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: min(window, steps), batchSize: 1, inputSize: inputSize, outputSize: outputSize)
    batch.inputs = [0]
    batch.targets = [0]
    batch.mask = [0]
    batch.resizeArrays()
    return batch
  }

  /// Puts the next T steps into `batch`; false at the end of the series. Allocates nothing.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position < steps else {
      position = 0
      return false
    }
    batch.steps = min(window, steps - position)
    batch.batchSize = 1
    batch.resizeArrays()
    batch.continuesState = position > 0
    for index in 0..<(batch.steps * inputSize) { batch.inputs[index] = inputs[position * inputSize + index] }
    for index in 0..<(batch.steps * outputSize) { batch.targets[index] = targets[position * outputSize + index] }
    for t in 0..<batch.steps { batch.mask?[t] = position + t < firstCounted ? 0 : 1 }
    position += batch.steps
    return true
  }
}
