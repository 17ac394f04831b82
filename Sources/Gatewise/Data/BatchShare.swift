/// Which sequences of a larger batch, spread over several processes, a batch has.
public struct BatchShare: Sendable, Equatable {
  /// The number of its first sequence among all.
  public let first: Int
  /// How many sequences the whole batch has.
  public let total: Int

  /// Sequences from `first` on, of `total`.
  public init(first: Int, total: Int) { (self.first, self.total) = (first, total) }
}

/// Which of several processes a source gives batches to: each gets some sequences of every batch, as even as can be.
public struct SourceShare: Sendable, Equatable {
  /// The number of the process, from 0.
  public let rank: Int
  /// How many processes there are.
  public let count: Int

  /// All sequences, for one process.
  public static let whole = SourceShare(rank: 0, count: 1)

  /// The share of a process.
  ///
  /// - Precondition: `0 ≤ rank < count`.
  public init(rank: Int, count: Int) {
    precondition((0..<count).contains(rank), "no rank \(rank) among \(count)")
    (self.rank, self.count) = (rank, count)
  }

  /// The sequences of this share, of a batch of N; none where there are fewer than processes.
  public func sequences(of batchSize: Int) -> Range<Int> {
    batchSize * rank / count..<batchSize * (rank + 1) / count
  }

  /// The most sequences that this share has of a batch of up to N.
  public func most(of batchSize: Int) -> Int { (batchSize + count - 1) / count }

  /// Where the sequences lie; nil where they are all.
  public func batchShare(of batchSize: Int) -> BatchShare? {
    count == 1 ? nil : BatchShare(first: sequences(of: batchSize).lowerBound, total: batchSize)
  }
}

/// A source that can give each of several processes its sequences of every batch, and not read the others.
///
/// The shares of all processes are, one behind the other, the batches that the source gives to one alone.
public protocol ShareableSource<S>: ResumableSource {
  /// What it gives; all where not said. It is set before the first batch is asked for.
  var share: SourceShare { get set }
}
