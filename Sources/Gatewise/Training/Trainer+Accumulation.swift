extension Trainer {
  /// The number of the next batch in the training run, from which its masks are computed.
  var batchNumber: Int {
    guard let accumulator else { return update.state.step }
    return update.state.step * accumulator.batches + accumulator.taken
  }

  /// Accumulates a batch whose gradient is in `gradients`, and makes the update after the last of its batches.
  ///
  /// - Parameters:
  ///   - sum: the loss of the batch, with weight 0 if no row has weight or the batch is skipped.
  ///   - rows: the number of steps of its sequences, without padding.
  ///   - problem: the reason why the batch is skipped.
  /// - Throws: `GatewiseError.notFinite` if the batch's gradient is not finite, and the batch is then not accumulated;
  ///   or if the gradient of all batches is not, and they are then discarded. The next batch must not continue the
  ///   state.
  func accumulate(_ sum: LossSum, rows: Int, problem: String? = nil) throws -> TrainingReport {
    let step = update.state.step
    if sum.weight > 0 {
      let norm = gradients.withUnsafeBufferPointer { gradients in
        gradients.baseAddress.map { update.norm(of: $0, team: execution.team) } ?? 0
      }
      guard norm.isFinite else {
        pass?.engine.holdsState = false
        throw unusableGradient(of: "a batch of update \(step + 1)", loss: sum.mean)
      }
    }
    accumulator!.add(sum, rows: rows, gradient: gradients, team: execution.team)
    guard accumulator!.isFull else {
      return TrainingReport(
        step: step, loss: sum.mean, gradientNorm: 0, learningRate: 0, rows: rows, problem: problem,
        waiting: accumulator!.taken)
    }
    let total = (sum: accumulator!.sum, rows: accumulator!.rows)
    defer { accumulator!.reset() }
    guard total.sum.weight > 0 else {
      return TrainingReport(
        step: step, loss: 0, gradientNorm: 0, learningRate: 0, rows: total.rows, problem: problem)
    }
    accumulator!.writeMean(to: &gradients, team: execution.team)
    let report = model.parameters.withUnsafeMutableBufferPointer { parameters in
      gradients.withUnsafeBufferPointer { update.apply(gradients: $0, to: parameters, team: execution.team) }
    }
    guard report.isApplied else {
      let error = unusableGradient(of: "update \(step + 1)", loss: total.sum.mean)
      guard skipsBadBatches else {
        pass?.engine.holdsState = false
        throw error
      }
      return TrainingReport(
        step: step, loss: 0, gradientNorm: 0, learningRate: 0, rows: total.rows, problem: "\(error)")
    }
    return TrainingReport(
      step: report.step, loss: total.sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: total.rows, problem: problem)
  }

  /// Returns the error of a step whose loss is finite and whose gradient is not.
  func unusableGradient(of what: String, loss: Double) -> GatewiseError {
    .notFinite(
      "The gradient of \(what) is not finite, although its loss is \(loss); lower the learning rate or clip the "
        + "gradient. The model is unchanged.")
  }
}
