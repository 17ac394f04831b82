import ArgumentParser
import Gatewise
import GatewiseRuns

/// How `train` changes parameters.
struct TrainUpdateOptions: ParsableArguments {
  @Option(help: "How parameters are changed.")
  var optimizer = OptimizerChoice.adam

  @Option(
    help: ArgumentHelp(
      "The base learning rate; for adam and adamw 0.005, for rmsprop 0.002, for sgd 0.1 where not given.",
      valueName: "x"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Of sgd (0.9 where not given) and rmsprop (0).", valueName: "x"))
  var momentum: Double?

  @Option(help: ArgumentHelp("How far weights decay; 0 where not given, for adamw 0.01.", valueName: "x"))
  var weightDecay: Double?

  @OptionGroup var rule: RuleOptions

  @Option(help: ArgumentHelp("Bound the norm of the whole gradient; 1 where nothing is said.", valueName: "x"))
  var clipNorm: Double?

  @Option(help: ArgumentHelp("Bound each element of the gradient instead.", valueName: "x"))
  var clipValue: Double?

  @Option(
    help: ArgumentHelp(
      "Make each update of so many batches, by the gradient of all that counts in them; 1 where not given.",
      valueName: "k"))
  var accumulate: Int?

  @Option(
    help: ArgumentHelp(
      "Judge and leave the exponential average of the weights over the updates, of which an update keeps this part: 0.999 "
        + "for example.", valueName: "decay"))
  var average: Double?

  @Option(help: "How the learning rate changes over the run.")
  var schedule = ScheduleName.constant

  @Option(help: ArgumentHelp("With the schedule step: updates from one change to the next.", valueName: "n"))
  var scheduleEvery: Int?

  @Option(
    help: ArgumentHelp(
      "What the rate is multiplied by: with the schedule step every so often, with exponential at each update.",
      valueName: "x"))
  var scheduleFactor: Double?

  @Option(
    help: ArgumentHelp(
      "With the schedule warmup-cosine: updates until the full rate; a twentieth of the run where not given.",
      valueName: "n"))
  var warmup: Int?

  @Option(
    help: ArgumentHelp(
      "With the schedule warmup-cosine: the part of the rate at the end; 0 where not given.", valueName: "x"))
  var scheduleFloor: Double?

  func validate() throws {
    try require("--learning-rate", learningRate, "a finite number above 0") { $0 > 0 && $0.isFinite }
    try require("--momentum", momentum, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    try require("--weight-decay", weightDecay, "a finite number of at least 0") { $0 >= 0 && $0.isFinite }
    try require("--accumulate", accumulate, "at least 1") { $0 >= 1 }
    try require("--average", average, "above 0 and below 1") { $0 > 0 && $0 < 1 }
    try require("--clip-norm", clipNorm, "above 0 (inf clips nothing)") { $0 > 0 }
    try require("--clip-value", clipValue, "above 0 (inf clips nothing)") { $0 > 0 }
    if momentum != nil, optimizer != .sgd, optimizer != .rmsprop {
      throw ValidationError("--momentum belongs to sgd and rmsprop, but --optimizer is \(optimizer.rawValue).")
    }
    if clipNorm != nil, clipValue != nil {
      throw ValidationError("--clip-norm and --clip-value are two ways to clip; give one of them.")
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
      throw ValidationError("\(flag) belongs to --schedule \(names), but the schedule is \(schedule.rawValue).")
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

/// Checks the value of an option where it was given.
///
/// - Throws: `ValidationError` naming the option, the value and its bounds.
func require<Value>(_ flag: String, _ value: Value?, _ bounds: String, _ holds: (Value) -> Bool) throws {
  guard let value, !holds(value) else { return }
  throw ValidationError("\(flag) is \(value), but it must be \(bounds).")
}
