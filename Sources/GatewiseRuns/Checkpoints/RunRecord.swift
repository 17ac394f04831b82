import Foundation
import Gatewise

/// The state of a run besides its trainer: the position in the training data, the losses so far, and the settings. It
/// is stored in every checkpoint as JSON.
struct RunRecord: Codable {
  /// The settings on which the results depend.
  let settings: RunSettings
  /// The number of updates of the whole run.
  var totalSteps: Int
  /// The number of updates made.
  var step = 0
  /// The position in the training data.
  var place = SourcePlace()
  /// The losses so far.
  var log: TrainingLog
  /// The running mean of the loss, for the progress line.
  var runningLoss: Double?
  /// The result of the last validation.
  var validation: Evaluation?
  /// The best validation so far.
  var best: Best?
  /// Seconds spent on updates.
  var seconds = 0.0
  /// Floating-point operations of the products.
  var operations = 0.0

  /// The number of validations since the best one.
  var validationsSinceBest = 0
  /// The number of skipped batches.
  var skipped = 0

  /// A validation, and the update after which it was made.
  struct Best: Codable, Equatable {
    let step: Int
    let evaluation: Evaluation
  }

  /// The arithmetics that computed the updates (see `Execution.arithmetic`); nil in files of earlier versions.
  private var arithmetics: [String]?

  /// Whether the run ended early because validation stopped improving.
  var endedEarly = false

  /// Whether all updates have been made.
  var isComplete: Bool { step >= totalSteps }

  /// Whether no updates are left.
  var hasEnded: Bool { isComplete || endedEarly }

  /// Ends the run if its patience is exhausted. Called as part of an update, so that no checkpoint has one without the
  /// other.
  mutating func endEarly(patience: Int?) {
    if let patience, validationsSinceBest >= patience, !isComplete { endedEarly = true }
  }

  /// Adds the report of an update.
  ///
  /// - Parameters:
  ///   - operationsPerRow: Floating-point operations of the products for each step of a sequence.
  ///   - scale: The factor from the trainer's loss to the displayed one.
  mutating func take(_ report: TrainingReport, operationsPerRow: Double, scale: Double, seconds: Double) {
    step = report.update
    operations += Double(report.rows) * operationsPerRow
    let loss = report.loss * scale
    // The loss of a single batch is noisy.
    runningLoss = runningLoss.map { $0 + 0.05 * (loss - $0) } ?? loss
    self.seconds = seconds
  }

  /// Adds a validation, and returns whether it is the best so far.
  mutating func takeValidation(_ evaluation: Evaluation) -> Bool {
    validation = evaluation
    if let best, !(evaluation.mean < best.evaluation.mean) {
      validationsSinceBest += 1
      return false
    }
    (best, validationsSinceBest) = (Best(step: step, evaluation: evaluation), 0)
    return true
  }

  /// Checks that the run has not made more updates than are now requested. A run that has made all its updates is
  /// complete.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if it has; or if it stopped at exactly `total` of more updates, and so
  ///   made no final validation.
  func requireNoMore(than total: Int, in folder: String) throws(GatewiseError) {
    guard !endedEarly, step > total || step == total && !isComplete else { return }
    throw .invalidArgument(
      "The run in \(folder) has made \(step) updates of \(totalSteps), and --steps asks for \(total); raise --steps."
    )
  }

  /// - Throws: `GatewiseError.invalidArgument` if updates are left.
  func requireComplete(in folder: String) throws(GatewiseError) {
    guard !hasEnded else { return }
    throw .invalidArgument(
      "\(folder) holds an unfinished run at update \(step) of \(totalSteps); continue it with --resume, choose another "
        + "--out, or delete \(folder)/checkpoints to start over.")
  }

  private static let name = "run"

  /// The record as notes of a checkpoint.
  var notes: [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A loss may be infinite before anything was learned.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else { preconditionFailure("a record that JSON cannot represent") }
    return [Self.name: String(decoding: data, as: UTF8.self)]
  }

  /// Reads the record from the notes of a checkpoint.
  ///
  /// - Throws: `GatewiseError.file` if there is none.
  init(notes: [String: String], path: String) throws(GatewiseError) {
    guard let json = notes[Self.name] else {
      throw .file(
        path: path, problem: "is a checkpoint, but not of gatewise train: it does not hold the record of a run.")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { self = try decoder.decode(Self.self, from: Data(json.utf8)) } catch {
      throw .file(path: path, problem: "was written by another version of Gatewise with a different record of a run.")
    }
  }

  init(settings: RunSettings, totalSteps: Int, log: TrainingLog, arithmetic: String? = nil) {
    (self.settings, self.totalSteps, self.log) = (settings, totalSteps, log)
    arithmetics = arithmetic.map { [$0] }
  }

  /// Returns a warning if the run continues with other products or kernels than before, which changes its bits.
  func otherBits(now: String, in folder: String) -> String? {
    guard let arithmetics, arithmetics != [now], !hasEnded else { return nil }
    let others = arithmetics.joined(separator: ", and with ")
    return "The run in \(folder) used \(others) so far and continues with \(now): its numbers "
      + "differ by rounding from those of an uninterrupted run."
  }

  /// Records the arithmetic of the updates from here on.
  mutating func use(_ arithmetic: String) {
    if arithmetics?.contains(arithmetic) == false { arithmetics?.append(arithmetic) }
  }
}
