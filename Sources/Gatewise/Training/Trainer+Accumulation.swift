extension Trainer {
  /// The number of the next batch among all of the training, by which its masks are drawn.
  var batchNumber: Int {
    guard let accumulator else { return update.state.step }
    return update.state.step * accumulator.batches + accumulator.taken
  }

  /// Takes in a batch whose gradient stands in `gradients`, and makes the update where it is the last of its batches.
  ///
  /// - Parameters:
  ///   - sum: the loss of the batch; a weight of 0 where nothing counts or the batch is passed over.
  ///   - rows: steps of its sequences, padding not counted.
  ///   - problem: why it is passed over.
  /// - Throws: `GatewiseError.notFinite` where the batch's gradient is not a number, and the batch is not taken then;
  ///   or where that of all is not, and they are forgotten then. The next batch has to start anew.
  func accumulate(_ sum: LossSum, rows: Int, problem: String? = nil) throws -> TrainingReport {
    let step = update.state.step
    if sum.weight > 0 {
      let norm = gradients.withUnsafeBufferPointer { gradients in
        gradients.baseAddress.map { update.norm(of: $0, team: execution.team) } ?? 0
      }
      guard norm.isFinite else {
        pass?.workspace.holdsState = false
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
        pass?.workspace.holdsState = false
        throw error
      }
      return TrainingReport(
        step: step, loss: 0, gradientNorm: 0, learningRate: 0, rows: total.rows, problem: "\(error)")
    }
    return TrainingReport(
      step: report.step, loss: total.sum.mean, gradientNorm: report.gradientNorm, learningRate: report.learningRate,
      rows: total.rows, problem: problem)
  }

  /// What a step throws where its loss is a number and its gradient is not.
  func unusableGradient(of what: String, loss: Double) -> GatewiseError {
    .notFinite(
      "The gradient of \(what) is not finite, though its loss is \(loss); lower the learning rate or clip the gradient. "
        + "The model is kept as it was.")
  }
}
