import Foundation
import Gatewise

/// What a run keeps beside its trainer: where the data stand, what was seen so far, and what it was begun with. It lies in
/// every checkpoint as JSON.
struct RunRecord: Codable {
  /// What the numbers depend on.
  let settings: RunSettings
  /// The updates that the run was to make.
  var totalSteps: Int
  /// The updates it has made.
  var step = 0
  /// Where the training data stand.
  var place = SourcePlace()
  /// The losses so far.
  var log: TrainingLog
  /// The loss on a line of progress, a running mean.
  var runningLoss: Double?
  /// The last validation.
  var validation: Evaluation?
  /// The best validation so far.
  var best: Best?
  /// Seconds spent on updates.
  var seconds = 0.0
  /// Arithmetic of the products.
  var operations = 0.0

  /// Validations since then.
  var validationsSinceBest = 0
  /// Batches that were passed over.
  var skipped = 0

  /// A validation and the update after which it was made.
  struct Best: Codable, Equatable {
    let step: Int
    let evaluation: Evaluation
  }

  /// What has made its updates, by all that their bits depend on; nil in files of earlier versions.
  private var arithmetics: [String]?

  /// Whether it ended for want of patience.
  var endedEarly = false

  /// Whether all updates have been made.
  var isComplete: Bool { step >= totalSteps }

  /// Whether no updates are left to be made.
  var hasEnded: Bool { isComplete || endedEarly }

  /// Ends the run where patience is at its end; as part of an update, so that no checkpoint shows one without the other.
  mutating func endEarly(patience: Int?) {
    if let patience, validationsSinceBest >= patience, !isComplete { endedEarly = true }
  }

  /// Takes in an update.
  ///
  /// - Parameters:
  ///   - operationsPerRow: Of the products, for each step of a sequence.
  ///   - scale: What losses are multiplied by to be shown.
  mutating func take(_ report: TrainingReport, operationsPerRow: Double, scale: Double, seconds: Double) {
    step = report.step
    operations += Double(report.rows) * operationsPerRow
    let loss = report.loss * scale
    // Single batches jump.
    runningLoss = runningLoss.map { $0 + 0.05 * (loss - $0) } ?? loss
    self.seconds = seconds
  }

  /// Takes in a validation, and says whether there was none better.
  mutating func takeValidation(_ evaluation: Evaluation) -> Bool {
    validation = evaluation
    if let best, !(evaluation.mean < best.evaluation.mean) {
      validationsSinceBest += 1
      return false
    }
    (best, validationsSinceBest) = (Best(step: step, evaluation: evaluation), 0)
    return true
  }

  /// Checks that a run has not gone further than it is now asked to. One that has made all its updates is complete.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where it has, or was to make more when it was left at the last of them, which
  ///   it has not judged.
  func requireNoMore(than total: Int, in folder: String) throws(GatewiseError) {
    guard !endedEarly, step > total || step == total && !isComplete else { return }
    throw .invalidArgument(
      "The run in \(folder) has made \(step) updates of \(totalSteps), and --steps asks for \(total); ask for more to go on."
    )
  }

  /// - Throws: `GatewiseError.invalidArgument` where updates are left to be made.
  func requireComplete(in folder: String) throws(GatewiseError) {
    guard !hasEnded else { return }
    throw .invalidArgument(
      "\(folder) holds a run that stands at update \(step) of \(totalSteps); go on with --resume, choose another --out, or "
        + "delete \(folder)/checkpoints to begin anew.")
  }

  private static let name = "run"

  /// As the notes of a checkpoint.
  var notes: [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A loss may be infinite where nothing was learned yet.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else { preconditionFailure("a record that JSON cannot express") }
    return [Self.name: String(decoding: data, as: UTF8.self)]
  }

  /// From the notes of a checkpoint.
  ///
  /// - Throws: `GatewiseError.file` where there is no such record.
  init(notes: [String: String], path: String) throws(GatewiseError) {
    guard let json = notes[Self.name] else {
      throw .file(
        path: path, problem: "is a checkpoint, but not of gatewise train; it does not say where its data stand.")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { self = try decoder.decode(Self.self, from: Data(json.utf8)) } catch {
      throw .file(path: path, problem: "was left by another version of Gatewise, which kept other records of a run.")
    }
  }

  init(settings: RunSettings, totalSteps: Int, log: TrainingLog, arithmetic: String? = nil) {
    (self.settings, self.totalSteps, self.log) = (settings, totalSteps, log)
    arithmetics = arithmetic.map { [$0] }
  }

  /// What to say where the run goes on by other products or kernels than it was made with: it may, but not to the bit.
  func otherBits(now: String, in folder: String) -> String? {
    guard let arithmetics, arithmetics != [now], !hasEnded else { return nil }
    let others = arithmetics.joined(separator: ", and with ")
    return "The run in \(folder) was made with \(others) so far, and goes on with \(now): its numbers "
      + "differ by rounding from those of a run that nothing disturbed."
  }

  /// Takes in what makes the updates from here on.
  mutating func use(_ arithmetic: String) {
    if arithmetics?.contains(arithmetic) == false { arithmetics?.append(arithmetic) }
  }
}
