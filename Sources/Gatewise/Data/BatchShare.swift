/// The part that a batch has of a larger batch distributed over several processes.
public struct BatchShare: Sendable, Equatable {
  /// The index of its first sequence in the whole batch.
  public let first: Int
  /// The number of sequences of the whole batch.
  public let total: Int

  /// Makes a share that starts at sequence `first` of `total`.
  public init(first: Int, total: Int) { (self.first, self.total) = (first, total) }
}

/// A process's share of every batch of a source. The shares of all processes are as equal in size as possible.
public struct SourceShare: Sendable, Equatable {
  /// The index of the process, from 0.
  public let rank: Int
  /// The number of processes.
  public let count: Int

  /// All sequences, for a single process.
  public static let whole = SourceShare(rank: 0, count: 1)

  /// Makes the share of process `rank` of `count`.
  ///
  /// - Precondition: `0 ≤ rank < count`.
  public init(rank: Int, count: Int) {
    precondition((0..<count).contains(rank), "rank \(rank) is outside 0..<\(count)")
    (self.rank, self.count) = (rank, count)
  }

  /// Returns the sequences of this share of a batch of N; may be empty if N is below the number of processes.
  public func sequences(of batchSize: Int) -> Range<Int> {
    batchSize * rank / count..<batchSize * (rank + 1) / count
  }

  /// Returns the maximum number of sequences of this share of a batch of up to N.
  public func most(of batchSize: Int) -> Int { (batchSize + count - 1) / count }

  /// Returns the part of a batch of N that this share is, nil if it is the whole batch.
  public func batchShare(of batchSize: Int) -> BatchShare? {
    count == 1 ? nil : BatchShare(first: sequences(of: batchSize).lowerBound, total: batchSize)
  }
}

/// A source that can return one process's share of every batch without reading the other sequences.
///
/// The shares of all processes, concatenated in order, are the batches that the source returns to a single process.
public protocol ShareableSource<S>: ResumableSource {
  /// The share that the source returns, by default all. It is set before the first batch is requested.
  var share: SourceShare { get set }
}
