import Foundation
import Gatewise
import Logging

@testable import GatewiseRuns

/// A run by one or more processes, in Double, and its results.
struct GroupRunCase: CustomStringConvertible {
  let description: String
  let data: RunData
  /// The description of the run in test names.
  let options: TrainingOptions

  /// The results of a run.
  struct Left {
    let outcomes: [Result<TrainingRun<Double>.Outcome, any Error>]
    /// The parameters of the saved model; empty if no model was saved.
    let parameters: [Double]
    let checkpoint: TrainingCheckpoint<Double>?
    let files: [String]
    /// The log entries written by the first process.
    let entries: [RunLogEntry]

    /// The errors that ended the ranks' runs.
    var problems: [String] { outcomes.indices.map(problem).filter { !$0.isEmpty } }
    func problem(of rank: Int) -> String {
      if case .failure(let error) = outcomes[rank] { "\(error)" } else { "" }
    }
    /// The outcomes of the ranks' runs.
    var ends: [TrainingRun<Double>.Outcome.End] { outcomes.compactMap { try? $0.get().end } }
    var steps: [Int] { outcomes.compactMap { try? $0.get().steps } }

    /// Floating-point operations of the products as counted by each rank: of all sequences, each counted once.
    var operations: [Double] { outcomes.compactMap { try? $0.get() }.map { $0.gigaflops * $0.seconds } }

    /// The largest difference of a parameter.
    func distance(to other: Left) -> Double { Self.distance(parameters, other.parameters) }

    /// The largest difference of a carried state; infinite if only one of the two has a state.
    func carriedDistance(to other: Left) -> Double {
      guard let own = checkpoint?.state.carried, let others = other.checkpoint?.state.carried else { return .infinity }
      return Self.distance(own.numbers, others.numbers)
    }

    static func distance(_ a: [Double], _ b: [Double]) -> Double {
      a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? .infinity : .infinity
    }
  }

  /// The interventions of a test in the actions of a rank.
  struct Hand: Sendable {
    /// Whether a rank has been asked to stop, checked while it waits.
    var isAsked: @Sendable (_ rank: Int) -> Bool = { _ in false }
    /// Whether a rank has been asked to stop, checked after every update but the last, numbered from 1.
    var stopsAfter: @Sendable (_ rank: Int, _ update: Int, RunMeeting) -> Bool = { _, _, _ in false }
    /// Called before a rank takes part in communication.
    var before: @Sendable (_ rank: Int, ThreadRunGroup.Part) -> Void = { _, _ in }
    /// Returns a folder for a rank.
    var folder: @Sendable (_ rank: Int) -> String? = { _ in nil }
    /// Returns other data for a rank.
    var data: @Sendable (_ rank: Int) -> RunData? = { _ in nil }
  }

  func plan(steps: Int) throws -> TrainingPlan {
    var options = options
    options.steps = steps
    return try TrainingPlan(options, for: data, dataType: .float64)
  }

  /// The parameters at the start of a run.
  func start() throws -> [Double] { try plan(steps: 1).model(startingFrom: nil).parameters }

  /// Runs up to an update with some ranks, 1 for a single process.
  func run(_ ranks: Int, steps: Int, in folder: String, resumes: Bool = false, hand: Hand = Hand()) throws -> Left {
    let plan = try plan(steps: steps)
    let meeting = RunMeeting(count: ranks)
    let outcomes = ThreadRunGroup.run(ranks) { rank in
      let group = ThreadRunGroup(rank: rank, meeting: meeting) { hand.isAsked(rank) }
      group.before = { hand.before(rank, $0) }
      let run = try TrainingRun<Double>(
        hand.data(rank) ?? data, plan: plan, startingFrom: nil,
        folder: OutputFolder(path: hand.folder(rank) ?? folder), execution: .threads(1), resumes: resumes,
        group: ranks == 1 ? nil : group)
      guard let nowhere = FileHandle(forWritingAtPath: "/dev/null") else { throw CocoaError(.fileNoSuchFile) }
      var writer = ProgressWriter(to: nowhere)
      var update = run.firstStep
      return try run.run(writer: &writer) {
        update += 1
        return hand.stopsAfter(rank, update, meeting)
      }
    }
    if meeting.unread > 0 { throw ThreadRunGroup.Misuse(sentence: "\(meeting.unread) letters were not read") }
    let left = try OutputFolder(path: folder)
    let checkpoints = CheckpointFolder(path: left.checkpoints)
    return Left(
      outcomes: outcomes, parameters: (try? LSTM<Double>(contentsOf: left.model).parameters) ?? [],
      checkpoint: try checkpoints.steps.first.map { try TrainingCheckpoint(contentsOf: checkpoints.file(step: $0)) },
      files: ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted(),
      entries: (try? RunLog.entries(at: left.entries)) ?? [])
  }

  /// Text in uneven streams, forecasts, and classes whose last batch is one sequence, so that a share of it is empty.
  static func all(in scratch: TemporaryFolder) throws -> [GroupRunCase] {
    [try text(in: scratch), try forecast(in: scratch), try classification(in: scratch)]
  }

  /// 5 streams, two batches per update, with dropout and an average of the weights.
  static func text(in scratch: TemporaryFolder, seed: UInt64 = 1) throws -> GroupRunCase {
    var stream = RandomStream(seed: seed, name: "text")
    // Streams of about 90 characters, so that an epoch ends within the run.
    let letters = (0..<500).map { _ in Array("abcd ")[stream.index(below: 5)] }
    let path = try scratch.file("text-\(seed)", String(letters))
    var options = common
    (options.batchSize, options.window, options.accumulation, options.averageDecay) = (5, 7, 2, 0.5)
    options.change = {
      $0.hiddenSizes = [6, 5]
      $0.regularization = Regularization(betweenLayers: 0.3, recurrent: 0.2)
    }
    return GroupRunCase(description: "text", data: .text(try TextData(paths: [path])), options: options)
  }

  static func forecast(in scratch: TemporaryFolder) throws -> GroupRunCase {
    let rows = (0..<80).map { "\(sin(Double($0) / 3)),\(cos(Double($0)))" }
    let table = try Table(path: try scratch.file("t.csv", (["x,y"] + rows).joined(separator: "\n")))
    var options = common
    (options.batchSize, options.window, options.averageDecay) = (5, 9, 0.5)
    options.change = { $0.hiddenSizes = [6] }
    return GroupRunCase(
      description: "forecast", data: .forecast(try ForecastData(table: table, targets: ["x"])), options: options)
  }

  static func classification(in scratch: TemporaryFolder) throws -> GroupRunCase {
    var rows = ["id,x,kind"]
    for n in 0..<11 {
      for t in 0...(2 + n % 4) { rows.append("\(n),\(sin(Double(n * 7 + t))),\(n % 2 == 0 ? "even" : "odd")") }
    }
    let table = try Table(path: try scratch.file("c.csv", rows.joined(separator: "\n")))
    var options = common
    options.batchSize = 4
    options.change = { $0.hiddenSizes = [6] }
    let data = try ClassificationData(table: table, sequenceColumn: "id", labelColumn: "kind", seed: 1)
    return GroupRunCase(description: "classification", data: .classification(data), options: options)
  }

  private static var common: TrainingOptions {
    var options = TrainingOptions()
    (options.learningRate, options.validateEvery, options.checkpointEvery) = (0.02, 3, 3)
    return options
  }
}
