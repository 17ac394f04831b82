import Gatewise

/// All settings of a training run: the user's options, with defaults that suit the data.
public struct TrainingPlan: Sendable {
  /// The configuration of the model.
  public let configuration: LSTMConfiguration
  /// N, the number of sequences in a batch.
  public let batchSize: Int
  /// T, the number of time steps of a window; not used for classification, which reads whole sequences.
  public let window: Int
  /// The number of updates.
  public let steps: Int
  /// The optimizer.
  public let optimizer: any Optimizer
  /// The schedule of the learning rate.
  public let schedule: Schedule
  /// The clipping of gradients.
  public let clipping: Clipping
  /// K, the number of batches per update.
  public let accumulation: Int
  /// The decay of the average of the weights, which is then validated and saved as the model; nil for none.
  public let averageDecay: Double?
  /// The gradient rule.
  public let rule: GradientRule
  /// The initialization of the parameters of a new model.
  public let initialization: Initialization
  /// The seed of all random numbers.
  public let seed: UInt64
  /// The number of updates between two validations.
  public let validateEvery: Int
  /// The number of updates between two checkpoints.
  public let checkpointEvery: Int
  /// The number of checkpoints that are kept, besides that of the best validation.
  public let keptCheckpoints: Int
  /// The number of validations without improvement after which the run ends; nil for never.
  public let patience: Int?
  /// Whether events for TensorBoard are written.
  public let writesEvents: Bool
  /// Whether a batch whose loss or gradient is not finite is skipped.
  public let skipsBadBatches: Bool

  /// Creates a plan from options.
  ///
  /// - Parameters:
  ///   - options: The user's options.
  ///   - data: The training data.
  ///   - configuration: The configuration of a model to be trained further; nil makes a new one.
  ///   - dataType: The number type of the run.
  /// - Throws: `GatewiseError.invalidArgument` naming the option whose size does not fit the data or this machine.
  public init(
    _ options: TrainingOptions, for data: RunData, startingFrom configuration: LSTMConfiguration? = nil,
    dataType: DataType
  ) throws {
    let usual = UsualSizes(for: data)
    let sizes = data.modelData.sizes
    if let configuration {
      self.configuration = configuration
    } else {
      var made = LSTMConfiguration(
        inputSize: sizes.input, hiddenSizes: usual.hiddenSizes, readout: data.readout)
      options.change(&made)
      try made.requireEffect()
      self.configuration = made
    }
    if self.configuration.isBidirectional {
      guard case .classification = data else {
        throw GatewiseError.invalidArgument(
          "A bidirectional model reads the steps that it predicts; use it to classify whole sequences, or a model of "
            + "one direction.")
      }
    }
    window = options.window ?? usual.window
    let most = data.mostSequences(window: window)
    if let batchSize = options.batchSize, let most, batchSize > most.count {
      throw GatewiseError.invalidArgument(
        "--batch \(batchSize) is more than the \(most.count) \(most.name) there are to train on; "
          + "choose at most \(most.count).")
    }
    batchSize = options.batchSize ?? usual.batchSize(window: window, most: most?.count)
    (accumulation, averageDecay) = (options.accumulation ?? 1, options.averageDecay)
    guard accumulation >= 1 else {
      throw GatewiseError.invalidArgument("--accumulate must be at least 1 batch, but is \(accumulation).")
    }
    if let averageDecay { _ = try WeightAverage<Double>(decay: averageDecay, parameterCount: 0) }
    steps = options.steps ?? usual.steps(sequences: batchSize * accumulation, window: window)
    optimizer = options.optimizer.make(
      learningRate: options.learningRate ?? options.optimizer.usualLearningRate, momentum: options.momentum,
      weightDecay: options.weightDecay)
    schedule = options.schedule.schedule(steps: steps)
    clipping = options.clipping ?? .norm(1)
    rule = options.rule
    initialization = options.initialization
    seed = options.seed
    validateEvery = options.validateEvery ?? max(1, steps / 10)
    checkpointEvery = options.checkpointEvery ?? max(1, steps / 10)
    (keptCheckpoints, patience) = (options.keptCheckpoints ?? 3, options.patience)
    (skipsBadBatches, writesEvents) = (options.skipsBadBatches, options.writesEvents)
    try optimizer.validate()
    try schedule.validate()
    try clipping.validate()
    try TrainingMemory(self, dataType: dataType, reads: data).check()
    try self.configuration.validate()
  }
}

extension RunData {
  /// Returns the largest number of sequences in a batch; nil for a text, which is cut into any number of streams.
  fileprivate func mostSequences(window: Int) -> (count: Int, name: String)? {
    switch self {
    case .text: nil
    case .forecast: trainingCount >= window ? (trainingCount - window + 1, "windows of \(window) rows") : nil
    case .classification: (trainingCount, "sequences")
    }
  }
}

/// Default sizes that suit a small run.
struct UsualSizes {
  /// H of every layer.
  let hiddenSizes: [Int]
  /// T
  let window: Int
  private let data: RunData

  init(for data: RunData) {
    self.data = data
    switch data {
    case .text: (hiddenSizes, window) = ([128, 128], 64)
    // Two years of months; for a shorter table half of it, so that there are several windows.
    case .forecast: (hiddenSizes, window) = ([32], max(1, min(24, data.trainingCount / 2)))
    case .classification: (hiddenSizes, window) = ([32], 1)
    }
  }

  /// Returns N: less than the usual number if the data would otherwise give fewer than four batches.
  func batchSize(window: Int, most: Int?) -> Int {
    guard case .text = data else { return max(1, min(16, (most ?? 1) / 4)) }
    return max(1, min(32, data.trainingCount / max(window, 1) / 4))
  }

  /// Returns the number of updates for some passes over the data: 10 over a text, 50 over a table, at least 400 and at
  /// most 4000 updates.
  ///
  /// - Parameter sequences: The number of sequences of an update.
  func steps(sequences: Int, window: Int) -> Int {
    let perUpdate: Double
    let passes: Double
    switch data {
    case .text: (perUpdate, passes) = (Double(sequences) * Double(window), 10)
    case .forecast, .classification: (perUpdate, passes) = (Double(sequences), 50)
    }
    return Int(min(4000, max(400, passes * Double(data.trainingCount) / perUpdate)))
  }
}
