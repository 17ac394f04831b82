/// What a test found: for each stream, how many predictions in a row were correct.
public struct ErrorFreeLengths: Sendable, Equatable {
  /// One number a stream.
  public let lengths: [Int]
  /// Where a stream without an error ended.
  public let limit: Int

  /// The lengths of some streams.
  public init(_ lengths: [Int], limit: Int) { (self.lengths, self.limit) = (lengths, limit) }

  /// The mean; 0 where there was no stream.
  public var mean: Double { lengths.isEmpty ? 0 : Double(lengths.reduce(0, +)) / Double(lengths.count) }

  /// The rows of the paper's Table 2.
  public enum Verdict: String, Sendable {
    /// No stream had an error.
    case perfect
    /// The mean is over 1000.
    case good
    /// All else.
    case rest
  }

  /// Where the network stands in the paper's table.
  public var verdict: Verdict {
    if !lengths.isEmpty, lengths.allSatisfy({ $0 == limit }) { return .perfect }
    return mean > 1000 ? .good : .rest
  }
}
