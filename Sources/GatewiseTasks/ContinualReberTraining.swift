import Gatewise

/// Training of a network on the continual embedded Reber grammar as in its paper: an update after every symbol, with
/// the truncated gradient that traces carry forward, stream after stream.
public final class ContinualReberTraining<S: Scalar> {
  /// The number of streams trained on.
  public private(set) var streams = 0
  /// The number of symbols of all streams.
  public private(set) var symbols = 0

  private let trainer: OnlineTrainer<S>
  private let decay: Double
  private let limit: Int
  private let targets: [[S]]
  private var stream: ReberStream
  private var batch: SequenceBatch<S>

  /// Creates a training run.
  ///
  /// - Parameters:
  ///   - seed: The seed of the weights and of all streams.
  ///   - learningRate: η at the first symbol of a stream.
  ///   - decay: The factor of η after each symbol of a stream; 1 keeps η constant.
  ///   - limit: The number of symbols after which a stream without an error ends.
  ///   - execution: Threads and instruction set; by default the standard ones.
  /// - Throws: `GatewiseError` if the learning rate is not above 0, the decay not from 0 to 1, or the limit below 1.
  public init(
    seed: UInt64, learningRate: Double = ContinualReber.learningRate, decay: Double = ContinualReber.learningRateDecay,
    limit: Int = ContinualReber.streamLength, execution: Execution? = nil
  ) throws {
    guard decay > 0, decay <= 1 else {
      throw GatewiseError.invalidArgument(
        "The decay of the learning rate must be above 0 and at most 1, but is \(decay).")
    }
    guard limit >= 1 else {
      throw GatewiseError.invalidArgument("The limit of a stream must be at least 1 symbol, but is \(limit).")
    }
    (self.decay, self.limit) = (decay, limit)
    trainer = try OnlineTrainer(
      ContinualReber.model(seed: seed), loss: LogisticSquaredError(), optimizer: SGD(learningRate: learningRate),
      execution: execution)
    targets = ContinualReber.targets(S.self)
    stream = ReberStream(random: RandomStream(seed: seed, name: "continual-reber.training"))
    let size = ReberSymbol.allCases.count
    batch = SequenceBatch(steps: 1, batchSize: 1, inputSize: size, outputSize: size)
    batch.tokens = [0]
  }

  /// The current network.
  public var model: LSTM<S> { trainer.model }

  /// Trains on a stream from its beginning, with state and traces zero, up to and including its first wrong prediction.
  ///
  /// - Returns: The number of correct predictions before it.
  /// - Throws: `GatewiseError.notFinite` if weights have diverged to NaN or infinity.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func trainStream() throws -> Int {
    trainer.reset()
    stream.restart()
    streams += 1
    var scale = 1.0
    for length in 0..<limit {
      guard let symbol = stream.next(), let node = stream.node else { return length }
      batch.tokens[0] = Int32(symbol.rawValue)
      batch.targets = targets[node]
      _ = try trainer.step(batch, learningRateScale: scale)
      symbols += 1
      scale *= decay
      if !ContinualReber.isCorrect(trainer.outputs, targets: targets[node]) { return length }
    }
    return limit
  }
}
