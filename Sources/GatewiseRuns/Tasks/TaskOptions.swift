import Gatewise
import GatewiseTasks

/// What a user may say about the run of a paper's task; the rest is as in the paper.
public struct TaskOptions: Sendable, Equatable {
  /// All that is random comes from it.
  public var seed: UInt64 = 1
  /// η at the first symbol of a stream.
  public var learningRate = ContinualReber.learningRate
  /// What η is multiplied by after each symbol of a stream.
  public var learningRateDecay = ContinualReber.learningRateDecay
  /// At most so many streams to train on.
  public var streams = ContinualReber.trainingStreams
  /// Training streams from one test to the next.
  public var testEvery = 100
  /// Streams of a test.
  public var testStreams = ContinualReber.testStreams
  /// Symbols at which a stream ends without an error, in training and in tests.
  public var testLength = ContinualReber.streamLength
  /// The mean length in a test at which training stops; nil goes on until no stream has an error.
  public var stopAt: Double?

  /// All options as in the paper.
  public init() {}

  /// What is about to be done, in a few lines.
  public func sentences(for task: PaperTask, parameterCount: Int) -> [String] {
    let rate = Format.significant(learningRate, digits: 3)
    let decays = learningRateDecay == 1 ? "" : ", times \(learningRateDecay) after each symbol of a stream"
    return [
      "Task: \(task.rawValue); a stream ends at its first wrong prediction, or at \(testLength) symbols.",
      "Model: 4 blocks of 2 cells, \(parameterCount) parameters.",
      "Run: at most \(streams) streams, tested after every \(testEvery) on \(testStreams); learning rate \(rate)\(decays), "
        + "seed \(seed).",
    ]
  }
}
