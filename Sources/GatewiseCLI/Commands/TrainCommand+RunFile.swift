import Gatewise
import GatewiseRuns

extension TrainCommand {
  /// Returns the run file from which `--config` repeats the run: the options that were given, and those chosen to suit
  /// the data.
  func runFile<S: Scalar>(
    _ plan: TrainingPlan, data: RunData, startingFrom start: StartingModel?, _: S.Type
  ) -> RunFile {
    var options = CommandOptions(of: TrainCommand.self).options(in: (try? GatewiseCommand.arguments.get()) ?? [])
      .filter { !["resume", "find-learning-rate", "version", "help"].contains($0.name) }
    func add(_ name: String, _ value: RunFile.Value?) {
      guard let value, !options.contains(where: { $0.name == name }) else { return }
      options.append(.init(name, value))
    }
    func add(_ name: String, _ value: some CustomStringConvertible) { add(name, .one("\(value)")) }

    if start == nil {
      // A single size would apply to the default number of layers.
      options.removeAll { $0.name == "layers" || $0.name == "hidden" }
      add("hidden", .several(plan.configuration.hiddenSizes.map(String.init)))
      add("layers", plan.configuration.layerCount)
      add("initialization", plan.initialization.distribution.rawValue)
      if model.cell.hasForgetBias { add("forget-bias", plan.initialization.forgetBias ?? 1) }
      if case .text(let data) = data { add("unit", data.vocabulary.unit.rawValue) }
      if case .forecast(let data) = data { add("horizon", data.series.encoding.horizon) }
    }
    add("dtype", S.dataType == .float64 ? "float64" : "float32")
    add("batch", plan.batchSize)
    if case .classification = data {} else { add("window", plan.window) }
    add("steps", plan.steps)
    add("seed", plan.seed)
    add("validation", pace.fraction(for: data))
    if pace.fraction(for: data) > 0 { add("validate-every", plan.validateEvery) }
    add("checkpoint-every", plan.checkpointEvery)
    add("keep-checkpoints", plan.keptCheckpoints)
    add("optimizer", updates.optimizer.rawValue)
    add("learning-rate", plan.optimizer.learningRate)
    add("weight-decay", plan.optimizer.weightDecay)
    if let momentum = plan.optimizer.momentumSetting { add("momentum", momentum) }
    if case .norm(let bound) = plan.clipping, updates.clipValue == nil { add("clip-norm", bound) }
    add("accumulate", plan.accumulation)
    add("rule", updates.rule.rule.rawValue)
    add("schedule", updates.schedule.rawValue)
    if case .warmupCosine(let warmup, _, let floor) = plan.schedule {
      add("warmup", warmup)
      add("schedule-floor", floor)
    }
    return RunFile(options)
  }
}
