/// The position of a source of batches.
public struct SourcePlace: Sendable, Codable, Equatable {
  /// The number of completed epochs.
  public var epoch: Int
  /// The position in the current epoch, in the source's own units.
  public var position: Int

  /// Makes a place, by default the start of the first epoch.
  public init(epoch: Int = 0, position: Int = 0) { (self.epoch, self.position) = (epoch, position) }
}

/// A source of batches whose place can be saved and restored, as resuming a training run requires.
///
/// A source with the same data and seed, moved to a place, returns the same batches from there on.
public protocol ResumableSource<S>: BatchSource {
  /// The current place. Together with the data and the seed it determines the next call of `next(into:)`.
  var place: SourcePlace { get }

  /// Moves to a place.
  ///
  /// - Throws: an error if the source has no such place.
  mutating func go(to place: SourcePlace) throws
}

extension SourcePlace {
  /// Checks that this place exists in a source whose positions in an epoch go from 0 to `count`.
  ///
  /// - Throws: `GatewiseError.invalidArgument` with the valid positions.
  package func validate(count: Int) throws(GatewiseError) {
    guard epoch >= 0, (0...count).contains(position) else {
      throw .invalidArgument(
        "The data has no position \(position) in epoch \(epoch): positions go from 0 to \(count). Resume with the data "
          + "that the run started with.")
    }
  }
}
