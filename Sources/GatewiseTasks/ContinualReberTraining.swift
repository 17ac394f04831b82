import Gatewise

/// Trains a network on the continual embedded Reber grammar as its paper did: an update after every symbol by the
/// truncated gradient that traces carry forward, stream after stream.
public final class ContinualReberTraining<S: Scalar> {
  /// Streams trained on.
  public private(set) var streams = 0
  /// Symbols of all of them.
  public private(set) var symbols = 0

  private let trainer: OnlineTrainer<S>
  private let decay: Double
  private let limit: Int
  private let targets: [[S]]
  private var stream: ReberStream
  private var batch: SequenceBatch<S>

  /// The beginning of a training.
  ///
  /// - Parameters:
  ///   - seed: the weights and all streams come from it.
  ///   - learningRate: η at the first symbol of a stream.
  ///   - decay: what η is multiplied by after each symbol of a stream; 1 keeps it.
  ///   - limit: symbols at which a stream ends without an error.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Throws: `GatewiseError` where the learning rate is not above 0, the decay not from 0 to 1, or the limit below 1.
  public init(
    seed: UInt64, learningRate: Double = ContinualReber.learningRate, decay: Double = ContinualReber.learningRateDecay,
    limit: Int = ContinualReber.streamLength, execution: Execution? = nil
  ) throws {
    guard decay > 0, decay <= 1 else {
      throw GatewiseError.invalidArgument(
        "The decay of the learning rate is \(decay), but it must be above 0 and at most 1.")
    }
    guard limit >= 1 else {
      throw GatewiseError.invalidArgument("A stream of \(limit) symbols cannot be; it has at least 1.")
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

  /// The network as it stands.
  public var model: LSTM<S> { trainer.model }

  /// Trains on a stream from its beginning, state and traces zero, to its first wrong prediction, which is learned from,
  /// too.
  ///
  /// - Returns: how many predictions before were correct.
  /// - Throws: `GatewiseError.notFinite` where weights have grown beyond numbers.
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
