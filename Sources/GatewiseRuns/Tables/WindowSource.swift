import Gatewise

/// Overlapping windows of one series, N at a time, drawn in a new order each epoch.
///
/// A small series gives many windows: 144 rows hold 109 windows of 36. Every window begins from the initial state. What
/// does not fill a batch at the end of an epoch is passed over; the next epoch's order is another. The rows of a window
/// are read when it is given, from memory or from a file that is larger.
public struct WindowSource<S: Scalar>: ShareableSource {
  /// N, the number of windows in a batch.
  public let batchSize: Int
  /// T, the number of steps of a window.
  public let window: Int
  /// The number of batches in an epoch.
  public var batchesPerEpoch: Int { starts.count / batchSize }
  /// Which windows of every batch are given.
  public var share = SourceShare.whole

  private var reader: SeriesReader
  private var starts: WindowOrder
  private var position = 0

  /// Windows of the first steps of a series.
  ///
  /// - Precondition: `steps` ≥ `window`, and as many rows and a horizon more exist.
  init(_ reader: SeriesReader, steps: Int, batchSize: Int, window: Int, seed: UInt64) {
    precondition(steps >= window, "\(steps) steps for windows of \(window)")
    self.reader = reader
    self.window = window
    starts = WindowOrder(count: steps - window + 1, seed: seed)
    self.batchSize = min(batchSize, starts.count)
  }

  /// The epoch, and how many of its windows have been given.
  public var place: SourcePlace { SourcePlace(epoch: starts.epoch, position: position) }

  /// Goes to a place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where there are not so many windows.
  public mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: starts.count)
    starts.go(to: place.epoch)
    position = place.position
  }

  /// A batch of N windows, or of a share of them.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: window, batchSize: share.most(of: batchSize), inputSize: reader.encoding.inputSize,
      outputSize: reader.encoding.outputSize)
    batch.inputs = [0]
    batch.targets = [0]
    batch.resizeArrays()
    return batch
  }

  /// Puts the next N windows into `batch`; false at the end of an epoch. Allocates nothing.
  ///
  /// - Throws: `GatewiseError.file` where the rows' file has changed; `place` stays.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position + batchSize <= starts.count else {
      position = 0
      starts.go(to: starts.epoch + 1)
      return false
    }
    let rows = share.sequences(of: batchSize)
    batch.batchSize = rows.count
    batch.share = share.batchShare(of: batchSize)
    batch.resizeArrays()
    for row in 0..<rows.count {
      let start = starts[position + rows.lowerBound + row]
      try reader.read(start..<(start + window), hasTargets: true)
      for t in 0..<window {
        let target = t * rows.count + row
        reader.putInputs(of: t, into: &batch.inputs, at: target * batch.inputSize)
        reader.putTargets(of: t, into: &batch.targets, at: target * batch.outputSize)
      }
    }
    position += batchSize
    return true
  }
}
