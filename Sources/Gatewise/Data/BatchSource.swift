/// A source of batches, epoch after epoch, for training and evaluation.
///
/// A conforming type fills the batch that is passed to it, whose arrays keep their memory from call to call, so that
/// the steady state of training allocates nothing.
public protocol BatchSource<S> {
  /// The number type of the batches.
  associatedtype S: Scalar

  /// Returns a batch of the largest shape that `next(into:)` produces, with its arrays allocated.
  ///
  /// A trainer sizes its memory by this shape: no batch of this source has more steps, sequences, inputs or outputs.
  func makeBatch() -> SequenceBatch<S>

  /// Fills `batch`, which `makeBatch()` returned, with the next batch.
  ///
  /// - Returns: false at the end of an epoch, with `batch` unchanged; the source has then returned to its start (in a
  ///   new order, if it shuffles), and the next call fills in the first batch of the next epoch.
  /// - Throws: any error if the data cannot be read; it ends the training and reaches the caller.
  mutating func next(into batch: inout SequenceBatch<S>) throws -> Bool
}

/// A source that can return one process's share of every batch without reading the other sequences.
///
/// The shares of all processes, concatenated in order, are the batches that the source returns to a single process.
public protocol ShareableSource<S>: ResumableSource {
  /// The share that the source returns, by default all. It is set before the first batch is requested.
  var share: SourceShare { get set }
}
