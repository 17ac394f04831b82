/// The result of a test: for each stream, the number of consecutive correct predictions.
public struct ErrorFreeLengths: Sendable, Equatable {
  /// One number per stream.
  public let lengths: [Int]
  /// The length at which a stream without an error ended.
  public let limit: Int

  /// Creates a result from the lengths of some streams.
  public init(_ lengths: [Int], limit: Int) { (self.lengths, self.limit) = (lengths, limit) }

  /// The mean; 0 if there are no streams.
  public var mean: Double { lengths.isEmpty ? 0 : Double(lengths.reduce(0, +)) / Double(lengths.count) }

  /// The rows of the paper's Table 2.
  public enum Verdict: String, Sendable {
    /// No stream had an error.
    case perfect
    /// The mean is over 1000.
    case good
    /// All others.
    case rest
  }

  /// The row of the paper's table to which the network belongs.
  public var verdict: Verdict {
    if !lengths.isEmpty, lengths.allSatisfy({ $0 == limit }) { return .perfect }
    return mean > 1000 ? .good : .rest
  }
}
