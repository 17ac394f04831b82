import Gatewise

/// Overlapping windows of one series, N at a time, drawn in a new order each epoch.
///
/// A small series gives many windows: 144 rows hold 109 windows of 36. Every window begins with the initial state.
/// Windows that do not fill a batch at the end of an epoch are skipped; the next epoch has another order. The rows of a
/// window are read on demand, from memory or from a file that may be larger.
public struct WindowSource<S: Scalar>: ShareableSource {
  /// N, the number of windows in a batch.
  public let batchSize: Int
  /// T, the number of steps of a window.
  public let window: Int
  /// The number of batches in an epoch.
  public var batchesPerEpoch: Int { starts.count / batchSize }
  /// The share of the windows of every batch that is returned.
  public var share = SourceShare.whole

  private var reader: SeriesReader
  private var starts: WindowOrder
  private var position = 0

  /// Creates a source of windows of the first steps of a series.
  ///
  /// - Precondition: `steps` ≥ `window`, and the series has at least one horizon more rows.
  init(_ reader: SeriesReader, steps: Int, batchSize: Int, window: Int, seed: UInt64) {
    precondition(steps >= window, "\(steps) steps for windows of \(window)")
    self.reader = reader
    self.window = window
    starts = WindowOrder(count: steps - window + 1, seed: seed)
    self.batchSize = min(batchSize, starts.count)
  }

  /// The epoch, and the number of its windows returned so far.
  public var place: SourcePlace { SourcePlace(epoch: starts.epoch, position: position) }

  /// Moves to a place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if there are fewer windows.
  public mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: starts.count)
    starts.go(to: place.epoch)
    position = place.position
  }

  /// Returns a batch of N windows, or of a share of them.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: window, batchSize: share.most(of: batchSize), inputSize: reader.encoding.inputSize,
      outputSize: reader.encoding.outputSize)
    batch.inputs = [0]
    batch.targets = [0]
    batch.resizeArrays()
    return batch
  }

  /// Reads the next N windows into `batch`; returns false at the end of an epoch. Allocates nothing.
  ///
  /// - Throws: `GatewiseError.file` if the file of the rows has changed; `place` is then unchanged.
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
