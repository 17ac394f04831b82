/// Something that gives batches, epoch after epoch: what a trainer learns from and is judged on.
///
/// A conforming type fills the batch that it is handed, whose arrays keep their memory from call to call, so that
/// the steady state of training allocates nothing.
public protocol BatchSource<S> {
  /// The number type of the batches.
  associatedtype S: Scalar

  /// A batch of the largest shape that `next(into:)` gives, with its arrays in place.
  ///
  /// A trainer sizes its memory from this shape: no batch of this source has more steps, sequences, inputs or outputs.
  func makeBatch() -> SequenceBatch<S>

  /// Puts the next batch into `batch`, which came from `makeBatch()`.
  ///
  /// - Returns: false at the end of an epoch, with nothing put into `batch`; the source has then gone back to its
  ///   start (in a new order, if it shuffles), and the next call gives the first batch of the next epoch.
  /// - Throws: where the data cannot be had.
  mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool
}
