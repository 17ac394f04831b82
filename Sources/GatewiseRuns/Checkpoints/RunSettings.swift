import Foundation
import Gatewise

/// The settings on which a run's results depend, each under its name on the command line. A run resumes only with equal
/// settings.
///
/// The number of updates, the intervals of validation and saving, and the threads may change: the bits of an update do
/// not depend on them, except through the schedule of the learning rate.
struct RunSettings: Codable, Equatable {
  private let values: [Value]

  private struct Value: Codable, Equatable {
    let name: String
    let text: String
  }

  init(_ plan: TrainingPlan, data: RunData, dataType: DataType) {
    values = [
      ("the data, or what --validation holds out of them,", data.fingerprint),
      ("the model", Self.text(plan.configuration)),
      ("--dtype", dataType == .float64 ? "float64" : "float32"),
      ("--initialization", plan.initialization.optionText),
      ("--batch", "\(plan.batchSize)"),
      ("--window", "\(plan.window)"),
      ("--optimizer", plan.optimizer.optionText),
      ("--schedule", plan.schedule.optionText),
      ("--clip-norm or --clip-value", plan.clipping.optionText),
      ("--rule", plan.rule.optionText),
      ("--accumulate", "\(plan.accumulation)"),
      ("--average", plan.averageDecay.map { "\($0)" } ?? "none"),
      ("--seed", "\(plan.seed)"),
      ("--patience", plan.patience.map { "\($0)" } ?? "none"),
      // With patience, the results depend on when validations are made.
      ("--validate-every", plan.patience == nil ? "any" : "\(plan.validateEvery)"),
      ("--skip-bad-batches", plan.skipsBadBatches ? "given" : "not given"),
    ].map { Value(name: $0.0, text: $0.1) }
  }

  /// Checks that a resumed run has the settings with which it was started.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the first setting that differs.
  func require(_ now: RunSettings, from path: String) throws(GatewiseError) {
    guard values.map(\.name) == now.values.map(\.name) else {
      throw .invalidArgument(
        "The run in \(path) was started by another version of Gatewise, which has other settings; start a new run in "
          + "another --out.")
    }
    for (then, now) in zip(values, now.values) where then != now {
      let isLong = then.text.count + now.text.count > 120
      throw .invalidArgument(
        "\(then.name) \(isLong ? "is not what" : "is \(now.text), but") the run in \(path) was started with"
          + (isLong ? "" : " \(then.text)") + "; use the same, or start a new run in another --out.")
    }
  }

  private static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("settings that JSON cannot represent") }
    return String(decoding: data, as: UTF8.self)
  }
}

extension RunData {
  /// A checksum over all numbers, which identifies the data.
  fileprivate var fingerprint: String {
    switch self {
    case .text(let data): data.fingerprint
    case .forecast(let data): data.fingerprint
    case .classification(let data): data.fingerprint
    }
  }
}
