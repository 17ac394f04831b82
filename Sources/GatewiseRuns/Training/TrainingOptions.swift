import Gatewise

/// What a user may say about a training run; what is nil is chosen to suit the data.
public struct TrainingOptions: Sendable {
  /// Makes a new model's configuration of what suits the data: a plain stack of the usual hidden sizes.
  public var change: @Sendable (_ configuration: inout LSTMConfiguration) -> Void = { _ in }
  /// How new parameters are drawn.
  public var initialization = Initialization.uniform(forgetBias: 1)
  /// N, the sequences that run side by side.
  public var batchSize: Int?
  /// T, the time steps of a window.
  public var window: Int?
  /// How many updates to make.
  public var steps: Int?
  /// How parameters are changed.
  public var optimizer = OptimizerChoice.adam
  /// The base learning rate.
  public var learningRate: Double?
  /// The momentum of SGD and RMSprop.
  public var momentum: Double?
  /// How far weights decay.
  public var weightDecay: Double?
  /// How the learning rate changes.
  public var schedule = ScheduleChoice.constant
  /// How gradients are bounded; nil bounds their norm by 1.
  public var clipping: Clipping?
  /// How many batches make one update.
  public var accumulation: Int?
  /// The decay of the average of the weights; nil for none.
  public var averageDecay: Double?
  /// How gradients are computed.
  public var rule: any GradientRule = BPTT()
  /// All that is random comes from it.
  public var seed: UInt64 = 1
  /// Updates from one validation to the next.
  public var validateEvery: Int?
  /// Updates from one checkpoint to the next.
  public var checkpointEvery: Int?
  /// How many checkpoints are kept, beside that of the best validation.
  public var keptCheckpoints: Int?
  /// After how many validations without a better one the run ends; nil for never.
  public var patience: Int?
  /// Whether events for TensorBoard are written.
  public var writesEvents = false
  /// Whether a batch whose loss or gradient is not a number is passed over.
  public var skipsBadBatches = false

  /// All options left open.
  public init() {}
}

/// The optimizers by their names.
public enum OptimizerChoice: String, Sendable, CaseIterable {
  /// Stochastic gradient descent.
  case sgd
  /// Gradients divided by their running root mean square.
  case rmsprop
  /// Adaptive moments.
  case adam
  /// Adam with decoupled weight decay.
  case adamw

  /// The optimizer with the settings that were given; those that were not are the optimizer's own.
  func make(learningRate: Double, momentum: Double?, weightDecay: Double?) -> any Optimizer {
    switch self {
    case .sgd:
      SGD(learningRate: learningRate, momentum: momentum ?? 0.9, weightDecay: weightDecay ?? 0)
    case .rmsprop:
      RMSprop(learningRate: learningRate, momentum: momentum ?? 0, weightDecay: weightDecay ?? 0)
    case .adam: Adam(learningRate: learningRate, weightDecay: weightDecay ?? 0)
    case .adamw: AdamW(learningRate: learningRate, weightDecay: weightDecay ?? AdamW().weightDecay)
    }
  }

  /// A base learning rate that suits small models on standardized data or text.
  var usualLearningRate: Double {
    switch self {
    case .sgd: 0.1
    case .rmsprop: 0.002
    case .adam, .adamw: 0.005
    }
  }
}

/// The schedules by their names, each with what it needs.
public enum ScheduleChoice: Sendable, Equatable {
  /// The learning rate stays.
  case constant
  /// Multiplied by `factor` after every `every` updates.
  case step(every: Int, factor: Double)
  /// Multiplied by `factor` after each update.
  case exponential(factor: Double)
  /// A straight rise over `warmup` updates (nil: a twentieth of the run), then half a cosine down to `floor` at the
  /// end of the run.
  case warmupCosine(warmup: Int?, floor: Double)

  /// The schedule of a run of `steps` updates.
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
