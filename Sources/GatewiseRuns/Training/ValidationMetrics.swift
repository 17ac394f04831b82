import Foundation
import Gatewise

/// What a validation measures beside the loss, in the data's own units; what does not belong to the data is nil.
public struct ValidationMetrics: Sendable, Equatable, Codable {
  /// e to the mean cross entropy of a text's next token: among how many that are equally likely a guess would be as hard.
  public var perplexity: Double?
  /// The share of classes, or of a text's next tokens, that are guessed right, from 0 to 1.
  public var accuracy: Double?
  /// The root mean square error of each target, in its unit.
  public var rmse: [String: Double]?
  /// The mean absolute error of each target, in its unit.
  public var mae: [String: Double]?
  /// The root mean square error of each target over the standard deviation of the target in the held-out rows: 1 is what
  /// forecasting their mean would reach. A target that is constant there has none.
  public var nrmse: [String: Double]?

  /// Nothing measured.
  public init() {}

  /// What is a single number, by its name.
  var numbers: [(name: String, value: Double?)] { [("perplexity", perplexity), ("accuracy", accuracy)] }

  /// What there is for each target, by its name.
  var errors: [(name: String, values: [String: Double]?)] { [("rmse", rmse), ("mae", mae), ("nrmse", nrmse)] }

  /// Without NaN and infinity.
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
  /// What an evaluation on what was held out measured, in the data's own units.
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
