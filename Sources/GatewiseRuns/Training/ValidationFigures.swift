import Gatewise

/// The figures of a trained model on the held-out data, besides those of a baseline.
public enum ValidationFigures: Sendable {
  /// A text: bits per token, on `count` tokens.
  case text(bits: Double, ValidationMetrics, unit: TextUnit, count: Int)
  /// A forecast: the errors of each target, and the root mean square error of the persistence forecast (no change).
  case forecast(ValidationMetrics, [(target: String, persistence: Double)], rows: Int)
  /// A classification: the accuracy, and that of always predicting the most frequent class.
  case classification(ValidationMetrics, majority: Double, count: Int)

  /// One line per figure.
  public var sentences: [String] {
    switch self {
    case .text(let bits, let metrics, let unit, let count):
      let name = unit == .bytes ? "byte" : "character"
      return [
        "Validation: \(Self.number(bits)) bits per \(name) on \(count) \(name)s held out; perplexity "
          + "\(Self.number(metrics.perplexity)), accuracy \(Self.percent(metrics.accuracy))."
      ]
    case .forecast(let metrics, let targets, let rows):
      return targets.map { target, persistence in
        let normalized =
          metrics.nrmse?[target].map { ", NRMSE \(Self.number($0)) (RMSE over the standard deviation of those rows)" }
          ?? ""
        return "Validation: RMSE of \"\(target)\" \(Self.number(metrics.rmse?[target])) on \(rows) rows held out; "
          + "forecasting no change: \(Self.number(persistence)); MAE \(Self.number(metrics.mae?[target]))\(normalized)."
      }
    case .classification(let metrics, let majority, let count):
      return [
        "Validation: accuracy \(Self.percent(metrics.accuracy)) on \(count) sequences held out; "
          + "always the most frequent class: \(Self.percent(majority))."
      ]
    }
  }

  private static func number(_ value: Double?) -> String {
    value.map { Format.significant($0, digits: 4) } ?? "unknown"
  }

  private static func percent(_ share: Double?) -> String {
    share.map { Format.significant(100 * $0, digits: 3) + " %" } ?? "unknown"
  }
}

extension RunData {
  /// Returns the figures of an evaluation on the held-out data; nil if nothing is held out.
  func figures(of evaluation: Evaluation?) -> ValidationFigures? {
    guard let evaluation else { return nil }
    let metrics = metrics(of: evaluation)
    switch self {
    case .text(let data):
      return .text(
        bits: evaluation.mean * lossUnit.scale, metrics, unit: data.vocabulary.unit,
        count: Int(evaluation.loss.weight))
    case .forecast(let data):
      return .forecast(
        metrics, Array(zip(data.series.encoding.targetColumns, data.persistenceError)),
        rows: data.series.rowCount - data.firstHeldOutRow)
    case .classification(let data):
      return data.majorityAccuracy.map { .classification(metrics, majority: $0, count: data.validation.count) }
    }
  }
}
