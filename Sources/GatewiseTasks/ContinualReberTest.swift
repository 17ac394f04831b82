import Gatewise

/// Tests networks on the continual embedded Reber grammar: streams from the beginning to the first wrong prediction, the
/// weights as they are. Every test draws new streams.
public struct ContinualReberTest: Sendable {
  /// Streams of a test.
  public let streams: Int
  /// Symbols at which a stream ends without an error.
  public let limit: Int
  private var stream: ReberStream

  /// Tests whose streams come from a seed and a name.
  public init(
    seed: UInt64, name: String, streams: Int = ContinualReber.testStreams, limit: Int = ContinualReber.streamLength
  ) {
    (self.streams, self.limit) = (streams, limit)
    stream = ReberStream(random: RandomStream(seed: seed, name: "continual-reber.\(name)"))
  }

  /// Tests a network.
  ///
  /// - Parameters:
  ///   - model: of `ContinualReber.configuration`.
  ///   - shouldStop: asked before every stream.
  /// - Returns: how long it predicted without an error, or nil where it was stopped.
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
