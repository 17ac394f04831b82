import Foundation
import Gatewise
import GatewiseTasks

/// A run of a paper's task: training streams, tests in between, a last test of the best network, and files in a folder.
///
/// Every test draws new streams. The network with the best test is kept, and evaluated at the end on streams that were
/// not used for the selection.
public final class TaskRun<S: Scalar> {
  /// The result of a run.
  public struct Outcome: Sendable {
    /// The number of training streams.
    public let streams: Int
    /// The number of training streams after which the kept network was tested.
    public let keptAfter: Int
    /// The number of symbols of all training streams.
    public let symbols: Int
    /// Whether the run was stopped from outside.
    public let wasStopped: Bool
    /// The test of the kept network; nil if there was none.
    public let best: ErrorFreeLengths?
    /// The last test; nil if the run was stopped.
    public let last: ErrorFreeLengths?
  }

  private let options: TaskOptions
  private let folder: OutputFolder
  private let execution: Execution
  private let training: ContinualReberTraining<S>
  private var test: ContinualReberTest
  private var log = TaskLog()
  private var progress: RunProgress
  private var clock = TrainingClock()
  private var best: (model: LSTM<S>, lengths: ErrorFreeLengths, streams: Int)?

  /// Prepares a run. The folder is created and locked for as long as this object lives; nothing else is written.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if an option is out of bounds, `GatewiseError.file` if another run
  ///   writes into the folder.
  public init(_ options: TaskOptions, folder: OutputFolder, execution: Execution) throws {
    (self.options, self.folder, self.execution) = (options, try folder.locked(), execution)
    training = try ContinualReberTraining(
      seed: options.seed, learningRate: options.learningRate, decay: options.learningRateDecay,
      limit: options.testLength, execution: execution)
    test = ContinualReberTest(
      seed: options.seed, name: "test", streams: options.testStreams, limit: options.testLength)
    progress = RunProgress(
      totalSteps: options.streams, unit: "symbols", stepName: "stream", validationName: "test")
  }

  /// P, the number of parameters of the model.
  public var parameterCount: Int { training.model.layout.count }

  /// Trains, and writes the model and the log into the folder.
  ///
  /// - Parameters:
  ///   - writer: Shows the progress.
  ///   - shouldStop: Asked before every stream; true saves the results and ends the run.
  /// - Throws: `GatewiseError` if a file cannot be written, or the loss is no longer finite.
  public func run(writer: inout ProgressWriter, shouldStop: () -> Bool) throws -> Outcome {
    try folder.requireInPlace(advice: "")
    defer { writer.finish() }
    let saveEvery = max(1, options.streams / 10)
    var (isDone, wasStopped) = (false, false)
    while !isDone, training.streams < options.streams {
      wasStopped = shouldStop()
      if wasStopped { break }
      try trainStream()
      let isDue = training.streams % options.testEvery == 0 || training.streams == options.streams
      if isDue {
        guard let lengths = try test.run(training.model, execution: execution, shouldStop: shouldStop) else {
          wasStopped = true
          break
        }
        isDone = judge(lengths)
      }
      writer.show(progress, always: isDone || training.streams == options.streams)
      if training.streams % saveEvery == 0 { try save() }
    }
    log.endRow(stream: training.streams, symbols: training.symbols, test: nil)
    try save()
    var lastTest = ContinualReberTest(
      seed: options.seed, name: "last-test", streams: options.testStreams, limit: options.testLength)
    let last = wasStopped ? nil : try lastTest.run(kept, execution: execution, shouldStop: shouldStop)
    return Outcome(
      streams: training.streams, keptAfter: best?.streams ?? training.streams, symbols: training.symbols,
      wasStopped: last == nil, best: best?.lengths, last: last)
  }

  private func trainStream() throws {
    clock.start()
    let length = try training.trainStream()
    clock.pause()
    log.add(length: length)
    progress.step = training.streams
    // A running mean, since single streams are noisy.
    progress.loss = progress.loss.map { $0 + 0.02 * (Double(length) - $0) } ?? Double(length)
    progress.stepsPerSecond = Double(training.streams) / max(clock.seconds, 1e-9)
  }

  /// Adds a test.
  ///
  /// - Returns: Whether training can stop.
  private func judge(_ lengths: ErrorFreeLengths) -> Bool {
    log.endRow(stream: training.streams, symbols: training.symbols, test: lengths)
    progress.validation = lengths.mean
    if best.map({ lengths.mean > $0.lengths.mean }) ?? true { best = (training.model, lengths, training.streams) }
    return lengths.verdict == .perfect || lengths.mean >= options.stopAt ?? .infinity
  }

  /// The network with the best test, or the last one if there was no test.
  private var kept: LSTM<S> { best?.model ?? training.model }

  private func save() throws {
    try folder.requireInPlace(advice: "")
    try kept.write(to: folder.model)
    try log.write(to: folder)
  }
}

extension TaskRun.Outcome {
  /// The result of the run, in sentences.
  public var sentences: [String] {
    var sentences: [String] = []
    if let best {
      sentences.append(
        "Kept the network after \(keptAfter) streams: mean error-free length \(symbols(best.mean)) in its test.")
    }
    if let last {
      sentences.append(
        "Streams \(streams); mean error-free length on \(last.lengths.count) test streams: \(symbols(last.mean)) "
          + "(\(last.verdict.rawValue)).")
    }
    return sentences
  }

  private func symbols(_ mean: Double) -> String { String(format: "%.1f symbols", mean) }
}
