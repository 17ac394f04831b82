/// Where a source of batches stands.
public struct SourcePlace: Sendable, Codable, Equatable {
  /// The number of epochs that have been given whole.
  public var epoch: Int
  /// How much of the present epoch has been given, as the source counts.
  public var position: Int

  /// The start of the first epoch, where nothing else is said.
  public init(epoch: Int = 0, position: Int = 0) { (self.epoch, self.position) = (epoch, position) }
}

/// A source of batches that tells where it stands and can be put there again: what a run that is to go on after a stop
/// learns from.
///
/// A source made of the same data and seed, put to a place, gives from there on the batches that the first one gave.
public protocol ResumableSource<S>: BatchSource {
  /// Where the source stands: what the next call of `next(into:)` depends on, beside what it was made of.
  var place: SourcePlace { get }

  /// Goes to a place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where the source has no such place.
  mutating func go(to place: SourcePlace) throws(GatewiseError)
}

extension SourcePlace {
  /// Checks that a source which counts to `count` in an epoch has this place.
  ///
  /// - Throws: `GatewiseError.invalidArgument` saying which places there are.
  public func validate(count: Int) throws(GatewiseError) {
    guard epoch >= 0, (0...count).contains(position) else {
      throw .invalidArgument(
        "The data have no place \(position) in epoch \(epoch): an epoch goes from 0 to \(count). Go on with the data that "
          + "the run began with.")
    }
  }
}
