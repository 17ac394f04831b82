import Foundation
import Gatewise

/// Finds a learning rate for a run by a sweep: some updates of a copy of its model with a rate that grows by a constant
/// factor per update, until the loss explodes. Nothing is written, and the run itself is unchanged; equal runs and
/// seeds give equal results.
public struct LearningRateFinder<S: Scalar> {
  /// The maximum number of updates.
  public static var updates: Int { 100 }
  /// The learning rate of the first update.
  public static var lowestRate: Double { 1e-6 }
  /// The learning rate of the last update.
  public static var highestRate: Double { 10 }

  private let data: RunData
  private let plan: TrainingPlan
  private let start: StartingModel?
  private let execution: Execution

  /// Creates a finder for a run.
  ///
  /// - Parameters:
  ///   - data: The training data.
  ///   - plan: The plan of the run; the finder sets learning rate and schedule itself.
  ///   - start: A model to be trained further; nil draws a new one.
  ///   - execution: Threads and instruction set.
  public init(_ data: RunData, plan: TrainingPlan, startingFrom start: StartingModel?, execution: Execution) {
    (self.data, self.plan, self.start, self.execution) = (data, plan, start, execution)
  }

  /// Makes the sweep, with losses in the trainer's unit.
  ///
  /// - Throws: `GatewiseError` if data and plan do not match, or the loss is not finite before the rate is high enough
  ///   to be the cause.
  public func sweep() throws -> LearningRateSweep {
    var source = try data.trainingSource(S.self, plan: plan)
    var optimizer = plan.optimizer
    optimizer.learningRate = Self.lowestRate
    let factor = pow(Self.highestRate / Self.lowestRate, 1 / Double(Self.updates - 1))
    let trainer = try plan.trainer(
      of: plan.model(startingFrom: start, S.self), for: data, optimizer: optimizer,
      schedule: .exponential(factor: factor), execution: execution)
    var sweep = LearningRateSweep()
    do {
      var made = 0
      try trainer.train(on: &source, updates: Self.updates) { report in
        // A batch that is skipped at a high rate counts as an explosion.
        if report.problem != nil, sweep.mayExplode { sweep.explode() }
        if sweep.hasExploded { throw Explosion() }
        guard report.update > made else { return }
        made = report.update
        sweep.add(learningRate: report.learningRate, loss: report.loss)
        if sweep.hasExploded { throw Explosion() }
      }
    } catch is Explosion {
    } catch GatewiseError.notFinite(let sentence) {
      guard sweep.mayExplode else { throw GatewiseError.notFinite(sentence) }
      sweep.explode()
    }
    return sweep
  }

  /// Thrown to end the sweep.
  private struct Explosion: Error {}
}

extension LearningRateSweep {
  /// Returns a table of every fifth update and the last, followed by the suggested rate.
  ///
  /// - Parameter unit: The unit in which losses are shown.
  public func sentences(unit: LossUnit) -> [String] {
    func cell(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    var lines = ["\(cell("learning rate", 13))  \(cell("loss", 10))  \(cell("smoothed", 10))  (\(unit.rawValue))"]
    for (index, point) in points.enumerated() where index % 5 == 0 || index == points.count - 1 {
      let losses = [point.loss, point.smoothed].map { cell(Format.significant($0 * unit.scale, digits: 4), 10) }
      lines.append("\(cell(String(format: "%.2e", point.learningRate), 13))  \(losses[0])  \(losses[1])")
    }
    let course = hasExploded ? "then the loss exploded" : "the loss did not explode"
    lines.append("Swept: \(points.count) updates; \(course). Nothing is trained or written.")
    if let suggestion, let rateOfSteepest, let rateOfLowest {
      func text(_ rate: Double) -> String { Format.significant(rate, digits: 2) }
      lines.append(
        "Suggested: --learning-rate \(text(suggestion)), the smaller of the rate at which the smoothed loss falls "
          + "most steeply (\(text(rateOfSteepest))) and a tenth of that at which it is lowest (\(text(rateOfLowest)))."
      )
    } else {
      lines.append(
        "Suggested: nothing, as the smoothed loss did not fall by more than its noise; check the data and the model.")
    }
    return lines
  }
}
