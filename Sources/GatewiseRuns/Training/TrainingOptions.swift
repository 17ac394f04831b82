import Gatewise

/// The options of a training run; those that are nil are chosen to suit the data.
public struct TrainingOptions: Sendable {
  /// Changes the default configuration of a new model: a plain stack of the usual hidden sizes.
  public var change: @Sendable (_ configuration: inout LSTMConfiguration) -> Void = { _ in }
  /// The initialization of new parameters.
  public var initialization = Initialization.uniform(forgetBias: 1)
  /// N, the number of sequences in a batch.
  public var batchSize: Int?
  /// T, the number of time steps of a window.
  public var window: Int?
  /// The number of updates.
  public var steps: Int?
  /// The optimizer.
  public var optimizer = OptimizerChoice.adam
  /// The base learning rate.
  public var learningRate: Double?
  /// The momentum of SGD and RMSprop.
  public var momentum: Double?
  /// The weight decay.
  public var weightDecay: Double?
  /// The schedule of the learning rate.
  public var schedule = ScheduleChoice.constant
  /// The clipping of gradients; nil clips their norm at 1.
  public var clipping: Clipping?
  /// The number of batches per update.
  public var accumulation: Int?
  /// The decay of the average of the weights; nil for none.
  public var averageDecay: Double?
  /// The gradient rule.
  public var rule: GradientRule = .bptt()
  /// The seed of all random numbers.
  public var seed: UInt64 = 1
  /// The number of updates between two validations.
  public var validateEvery: Int?
  /// The number of updates between two checkpoints.
  public var checkpointEvery: Int?
  /// The number of checkpoints that are kept, besides that of the best validation.
  public var keptCheckpoints: Int?
  /// The number of validations without improvement after which the run ends; nil for never.
  public var patience: Int?
  /// Whether events for TensorBoard are written.
  public var writesEvents = false
  /// Whether a batch whose loss or gradient is not finite is skipped.
  public var skipsBadBatches = false

  /// Creates the default options.
  public init() {}
}

/// The schedules by name, with their settings.
public enum ScheduleChoice: Sendable, Equatable {
  /// A constant learning rate.
  case constant
  /// Multiplied by `factor` after every `every` updates.
  case step(every: Int, factor: Double)
  /// Multiplied by `factor` after each update.
  case exponential(factor: Double)
  /// A linear rise over `warmup` updates (nil: a twentieth of the run), then half a cosine down to `floor` at the end
  /// of the run.
  case warmupCosine(warmup: Int?, floor: Double)

  /// Returns the schedule of a run of `steps` updates.
  func schedule(steps: Int) -> Schedule {
    switch self {
    case .constant: .constant
    case .step(let every, let factor): .step(every: every, factor: factor)
    case .exponential(let factor): .exponential(factor: factor)
    case .warmupCosine(let warmup, let floor):
      .warmupCosine(warmup: warmup ?? steps / 20, total: steps, floor: floor)
    }
  }
}
