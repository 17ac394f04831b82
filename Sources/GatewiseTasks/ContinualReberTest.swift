import Gatewise

/// A test of networks on the continual embedded Reber grammar: streams from the beginning to the first wrong
/// prediction, with fixed weights. Every test draws new streams.
public struct ContinualReberTest: Sendable {
  /// The number of streams of a test.
  public let streams: Int
  /// The number of symbols after which a stream without an error ends.
  public let limit: Int
  private var stream: ReberStream

  /// Creates tests whose streams are drawn from a seed and a name.
  public init(
    seed: UInt64, name: String, streams: Int = ContinualReber.testStreams, limit: Int = ContinualReber.streamLength
  ) {
    (self.streams, self.limit) = (streams, limit)
    stream = ReberStream(random: RandomStream(seed: seed, name: "continual-reber.\(name)"))
  }

  /// Tests a network.
  ///
  /// - Parameters:
  ///   - model: A network of `ContinualReber.configuration`.
  ///   - shouldStop: Called before every stream.
  /// - Returns: The numbers of symbols predicted without an error, or nil if stopped.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func run<S: Scalar>(
    _ model: LSTM<S>, execution: Execution? = nil, shouldStop: () -> Bool = { false }
  ) throws -> ErrorFreeLengths? {
    let session = try StreamingSession(model, execution: execution)
    let targets = ContinualReber.targets(S.self)
    let inputs = ReberSymbol.allCases.map { symbol in ReberSymbol.allCases.map { $0 == symbol ? 1 as S : 0 } }
    var z = [S](repeating: 0, count: ReberSymbol.allCases.count)
    var lengths: [Int] = []
    for _ in 0..<streams {
      if shouldStop() { return nil }
      session.reset()
      stream.restart()
      var length = 0
      while length < limit, let symbol = stream.next(), let node = stream.node {
        try session.step(inputs[symbol.rawValue], into: &z)
        if !ContinualReber.isCorrect(z, targets: targets[node]) { break }
        length += 1
      }
      lengths.append(length)
    }
    return ErrorFreeLengths(lengths, limit: limit)
  }
}
