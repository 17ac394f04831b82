import Gatewise

/// How well a trained model does on what was held out, beside what a guess would reach.
public enum ValidationFigures: Sendable {
  /// A text: bits for each token, on so many of them.
  case text(bits: Double, unit: TextUnit, count: Int)
  /// A forecast: for each target the root mean square error, and that of forecasting no change.
  case forecast([(target: String, error: Double, persistence: Double)], rows: Int)
  /// A classification: the share of right answers, and that of always naming the most frequent class.
  case classification(accuracy: Double, majority: Double, count: Int)

  /// One line for each figure.
  public var sentences: [String] {
    switch self {
    case .text(let bits, let unit, let count):
      let name = unit == .bytes ? "byte" : "character"
      return ["Validation: \(Format.significant(bits, digits: 4)) bits per \(name) on \(count) \(name)s held out."]
    case .forecast(let errors, let rows):
      return errors.map { target, error, persistence in
        "Validation: RMSE of \"\(target)\" \(Format.significant(error, digits: 4)) on \(rows) rows held out; "
          + "forecasting no change: \(Format.significant(persistence, digits: 4))."
      }
    case .classification(let accuracy, let majority, let count):
      return [
        "Validation: accuracy \(Format.significant(100 * accuracy, digits: 3)) % on \(count) sequences held out; "
          + "always the most frequent class: \(Format.significant(100 * majority, digits: 3)) %."
      ]
    }
  }
}

extension RunData {
  /// Judges a model on what was held out; nil where nothing was.
  func figures<S: Scalar>(
    of model: LSTM<S>, validationLoss: LossSum?, plan: TrainingPlan, execution: Execution
  ) throws -> ValidationFigures? {
    switch self {
    case .text(let data):
      guard let loss = validationLoss else { return nil }
      return .text(
        bits: loss.mean * lossUnit.scale, unit: data.vocabulary.unit, count: Int(loss.weight))
    case .forecast(let data):
      guard !data.persistenceError.isEmpty else { return nil }
      var state: LSTMState<S>?
      let errors = try data.heldOutError { (input: Tensor<S>) in
        let result = try model.forward(input, initialState: state, execution: execution)
        state = result.finalState
        return result.output
      }
      let targets = data.series.encoding.targetColumns
      return .forecast(
        targets.indices.map { (targets[$0], errors[$0], data.persistenceError[$0]) },
        rows: data.series.rowCount - data.firstHeldOutRow)
    case .classification(let data):
      guard let majority = data.majorityAccuracy,
        var source = try data.validationSource(S.self, batchSize: plan.batchSize)
      else { return nil }
      var batch = source.makeBatch()
      var right = 0
      while try source.next(into: &batch) {
        let output = try model.forward(batch, execution: execution).output.elements
        let K = model.configuration.outputSize
        for n in 0..<batch.batchSize {
          let row = output[(n * K)..<((n + 1) * K)]
          let best = row.indices.max { row[$0] < row[$1] }
          if best.map({ $0 - row.startIndex }) == Int(batch.classes[n]) { right += 1 }
        }
      }
      let count = data.validation.count
      return .classification(accuracy: Double(right) / Double(count), majority: majority, count: count)
    }
  }
}
