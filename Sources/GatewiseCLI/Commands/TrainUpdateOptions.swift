import ArgumentParser
import Gatewise
import GatewiseRuns

/// The options of `train` for the updates of the parameters.
struct TrainUpdateOptions: ParsableArguments {
  @Option(help: "The optimizer.")
  var optimizer = OptimizerChoice.adam

  @Option(
    help: ArgumentHelp(
      "The base learning rate (default: "
        + OptimizerChoice.allCases.reversed().map { "\($0.usualLearningRate) for \($0.rawValue)" }.joined(
          separator: ", ")
        + ").", valueName: "x"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Momentum of sgd (default: 0.9) and rmsprop (default: 0).", valueName: "x"))
  var momentum: Double?

  @Option(help: ArgumentHelp("The weight decay (default: 0, for adamw 0.01).", valueName: "x"))
  var weightDecay: Double?

  @OptionGroup var rule: RuleOptions

  @Option(help: ArgumentHelp("Clip the norm of the whole gradient (default: 1).", valueName: "x"))
  var clipNorm: Double?

  @Option(help: ArgumentHelp("Clip each element of the gradient instead of its norm.", valueName: "x"))
  var clipValue: Double?

  @Option(
    help: ArgumentHelp(
      "Number of batches for each update, which uses the gradient of their joint loss (default: 1).",
      valueName: "k"))
  var accumulate: Int?

  @Option(
    help: ArgumentHelp(
      "Validate and write the exponential moving average of the weights over the updates, with this decay, for example "
        + "0.999.", valueName: "decay"))
  var average: Double?

  @Option(help: "The schedule of the learning rate.")
  var schedule = ScheduleName.constant

  @Option(help: ArgumentHelp("With the schedule step: updates between changes.", valueName: "n"))
  var scheduleEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Factor of the learning rate: with the schedule step at each change, with exponential at each update.",
      valueName: "x"))
  var scheduleFactor: Double?

  @Option(
    help: ArgumentHelp(
      "With the schedule warmup-cosine: updates until the full rate (default: a twentieth of the run).",
      valueName: "n"))
  var warmup: Int?

  @Option(
    help: ArgumentHelp(
      "With the schedule warmup-cosine: the fraction of the full rate at the end (default: 0).", valueName: "x"))
  var scheduleFloor: Double?

  func validate() throws {
    try require("--learning-rate", learningRate, "a finite number above 0") { $0 > 0 && $0.isFinite }
    try require("--momentum", momentum, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    try require("--weight-decay", weightDecay, "a finite number of at least 0") { $0 >= 0 && $0.isFinite }
    try require("--accumulate", accumulate, "at least 1") { $0 >= 1 }
    try require("--average", average, "above 0 and below 1") { $0 > 0 && $0 < 1 }
    try require("--clip-norm", clipNorm, "above 0 (inf disables clipping)") { $0 > 0 }
    try require("--clip-value", clipValue, "above 0 (inf disables clipping)") { $0 > 0 }
    if momentum != nil, !optimizer.hasMomentum {
      let names = OptimizerChoice.allCases.filter(\.hasMomentum).map(\.rawValue).joined(separator: " or ")
      throw ValidationError("--momentum needs --optimizer \(names), but the optimizer is \(optimizer.rawValue).")
    }
    if clipNorm != nil, clipValue != nil {
      throw ValidationError("--clip-norm and --clip-value exclude each other; give one of them.")
    }
    try validateSchedule()
  }

  private func validateSchedule() throws {
    let given = [
      ("--schedule-every", scheduleEvery != nil, [ScheduleName.step]),
      ("--schedule-factor", scheduleFactor != nil, [.step, .exponential]),
      ("--warmup", warmup != nil, [.warmupCosine]), ("--schedule-floor", scheduleFloor != nil, [.warmupCosine]),
    ]
    for (flag, isGiven, schedules) in given where isGiven && !schedules.contains(schedule) {
      let names = schedules.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("\(flag) needs --schedule \(names), but the schedule is \(schedule.rawValue).")
    }
    if schedule == .step, scheduleEvery == nil { throw ValidationError("--schedule step needs --schedule-every.") }
    if schedule == .step || schedule == .exponential, scheduleFactor == nil {
      throw ValidationError("--schedule \(schedule.rawValue) needs --schedule-factor.")
    }
    try require("--schedule-every", scheduleEvery, "at least 1") { $0 >= 1 }
    try require("--schedule-factor", scheduleFactor, "a finite number above 0") { $0 > 0 && $0.isFinite }
    try require("--warmup", warmup, "at least 0") { $0 >= 0 }
    try require("--schedule-floor", scheduleFloor, "from 0 to 1") { $0 >= 0 && $0 <= 1 }
  }

  func set(_ options: inout TrainingOptions) {
    options.optimizer = optimizer
    options.learningRate = learningRate
    options.momentum = momentum
    options.weightDecay = weightDecay
    options.rule = rule.gradientRule
    (options.accumulation, options.averageDecay) = (accumulate, average)
    options.clipping = clipValue.map(Clipping.value) ?? clipNorm.map(Clipping.norm)
    options.schedule =
      switch schedule {
      case .constant: .constant
      case .step: .step(every: scheduleEvery ?? 1, factor: scheduleFactor ?? 1)
      case .exponential: .exponential(factor: scheduleFactor ?? 1)
      case .warmupCosine: .warmupCosine(warmup: warmup, floor: scheduleFloor ?? 0)
      }
  }
}

/// The schedules of `--schedule`.
enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
  case constant
  case step
  case exponential
  case warmupCosine = "warmup-cosine"
}

extension OptimizerChoice: ExpressibleByArgument {}

/// Checks the value of an option if it was given.
///
/// - Throws: `ValidationError` naming the option, the value and its bounds.
func require<Value>(_ flag: String, _ value: Value?, _ bounds: String, _ holds: (Value) -> Bool) throws {
  guard let value, !holds(value) else { return }
  throw ValidationError("\(flag) must be \(bounds), but is \(value).")
}
