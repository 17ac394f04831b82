import Gatewise
import GatewiseTasks

/// The options of a run of a paper's task; everything else is as in the paper.
public struct TaskOptions: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 1
  /// η at the first symbol of a stream.
  public var learningRate = ContinualReber.learningRate
  /// The factor by which η is multiplied after each symbol of a stream.
  public var learningRateDecay = ContinualReber.learningRateDecay
  /// The maximum number of training streams.
  public var streams = ContinualReber.trainingStreams
  /// The number of training streams between two tests.
  public var testEvery = 100
  /// The number of streams in a test.
  public var testStreams = ContinualReber.testStreams
  /// The number of symbols at which a stream without an error ends, in training and in tests.
  public var testLength = ContinualReber.streamLength
  /// The mean length in a test at which training stops; nil continues until no stream has an error.
  public var stopAt: Double?

  /// Creates the options of the paper.
  public init() {}

  /// Describes the run in a few lines.
  public func sentences(for task: PaperTask, parameterCount: Int) -> [String] {
    let rate = Format.significant(learningRate, digits: 3)
    let decays = learningRateDecay == 1 ? "" : ", times \(learningRateDecay) after each symbol of a stream"
    return [
      "Task: \(task.rawValue); a stream ends at its first wrong prediction, or at \(testLength) symbols.",
      "Model: 4 blocks of 2 cells, \(parameterCount) parameters.",
      "Run: at most \(streams) streams, tested after every \(testEvery) on \(testStreams); learning rate "
        + "\(rate)\(decays), seed \(seed).",
    ]
  }
}
