import Foundation
import Gatewise

/// What a run's numbers depend on, each setting by the name that a user knows it by: a run goes on with the same ones only.
///
/// How long it runs, how often it judges and saves, and on how many threads, may change: no bit of an update depends on
/// that, where the learning rate's schedule does not.
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
      // Where patience decides, so do the moments of judgement.
      ("--validate-every", plan.patience == nil ? "any" : "\(plan.validateEvery)"),
      ("--skip-bad-batches", plan.skipsBadBatches ? "given" : "not given"),
    ].map { Value(name: $0.0, text: $0.1) }
  }

  /// Checks that a run which is to go on has the settings that it was begun with.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the first that differs.
  func require(_ now: RunSettings, from path: String) throws(GatewiseError) {
    guard values.map(\.name) == now.values.map(\.name) else {
      throw .invalidArgument(
        "The run in \(path) was begun by another version of Gatewise, which knew other settings; begin another run in "
          + "another --out.")
    }
    for (then, now) in zip(values, now.values) where then != now {
      let isLong = then.text.count + now.text.count > 120
      throw .invalidArgument(
        "\(then.name) \(isLong ? "is not what" : "is \(now.text), but") the run in \(path) was begun with"
          + (isLong ? "" : " \(then.text)") + "; give the same, or begin another run in another --out.")
    }
  }

  private static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("settings that JSON cannot express") }
    return String(decoding: data, as: UTF8.self)
  }
}

extension RunData {
  /// Tells data apart: a sum over every number.
  fileprivate var fingerprint: String {
    switch self {
    case .text(let data): data.fingerprint
    case .forecast(let data): data.fingerprint
    case .classification(let data): data.fingerprint
    }
  }
}
