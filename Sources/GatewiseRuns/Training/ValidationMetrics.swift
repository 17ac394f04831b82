import Foundation
import Gatewise

/// The metrics of a validation besides the loss, in the data's own units; those that do not apply to the data are nil.
public struct ValidationMetrics: Sendable, Equatable, Codable {
  /// The perplexity of a text: e to the mean cross entropy of the next token, the number of equally likely tokens among
  /// which a guess would be as hard.
  public var perplexity: Double?
  /// The share of classes, or of a text's next tokens, that are predicted correctly, from 0 to 1.
  public var accuracy: Double?
  /// The root mean square error of each target, in its unit.
  public var rmse: [String: Double]?
  /// The mean absolute error of each target, in its unit.
  public var mae: [String: Double]?
  /// The root mean square error of each target over the standard deviation of the target in the held-out rows: 1 is the
  /// error of forecasting their mean. Constant targets are left out.
  public var nrmse: [String: Double]?

  /// Creates metrics without values.
  public init() {}

  /// The metrics of a single number, by name.
  var numbers: [(name: String, value: Double?)] { [("perplexity", perplexity), ("accuracy", accuracy)] }

  /// The metrics per target, by name.
  var errors: [(name: String, values: [String: Double]?)] { [("rmse", rmse), ("mae", mae), ("nrmse", nrmse)] }

  /// The metrics without NaN and infinity.
  var finite: ValidationMetrics {
    var metrics = self
    for number in [\ValidationMetrics.perplexity, \.accuracy] where metrics[keyPath: number]?.isFinite == false {
      metrics[keyPath: number] = nil
    }
    for numbers in [\ValidationMetrics.rmse, \.mae, \.nrmse] {
      metrics[keyPath: numbers] = metrics[keyPath: numbers]?.filter(\.value.isFinite)
    }
    return metrics
  }
}

extension RunData {
  /// Returns the metrics of an evaluation on the held-out data, in the data's own units.
  func metrics(of evaluation: Evaluation) -> ValidationMetrics {
    var metrics = ValidationMetrics()
    let measures = evaluation.measures
    switch self {
    case .text:
      metrics.perplexity = exp(evaluation.mean)
      metrics.accuracy = measures.accuracy
    case .classification:
      metrics.accuracy = measures.accuracy
    case .forecast(let data):
      let encoding = data.series.encoding
      func byTarget(_ errors: [Double], over deviations: [Double?]? = nil) -> [String: Double] {
        var values: [String: Double] = [:]
        for (k, error) in errors.enumerated() {
          guard let deviation = deviations.map({ $0[k] }) ?? 1 else { continue }
          values[encoding.targetColumns[k]] = encoding.error(of: error, target: k) / deviation
        }
        return values
      }
      metrics.rmse = byTarget(measures.rootMeanSquareErrors)
      metrics.mae = byTarget(measures.meanAbsoluteErrors)
      metrics.nrmse = byTarget(measures.rootMeanSquareErrors, over: data.heldOutDeviation)
    }
    return metrics
  }
}
