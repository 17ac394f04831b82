import Gatewise

/// Every choice of a training run, made: what the user said, and what suits the data where they said nothing.
public struct TrainingPlan: Sendable {
  /// What the model looks like.
  public let configuration: LSTMConfiguration
  /// N, the sequences that run side by side.
  public let batchSize: Int
  /// T, the time steps of a window; for sequences with a class the whole of each, and this is not read.
  public let window: Int
  /// How many updates to make.
  public let steps: Int
  /// How parameters are changed.
  public let optimizer: any Optimizer
  /// How the learning rate changes.
  public let schedule: Schedule
  /// How gradients are bounded.
  public let clipping: Clipping
  /// K, how many batches make one update.
  public let accumulation: Int
  /// The decay of the average of the weights, which is then what is judged and left; nil for none.
  public let averageDecay: Double?
  /// How gradients are computed.
  public let rule: any GradientRule
  /// How the parameters of a new model are drawn.
  public let initialization: Initialization
  /// All that is random comes from it.
  public let seed: UInt64
  /// Updates from one validation to the next.
  public let validateEvery: Int
  /// Updates from one checkpoint to the next.
  public let checkpointEvery: Int
  /// How many checkpoints are kept, beside that of the best validation.
  public let keptCheckpoints: Int
  /// After how many validations without a better one the run ends; nil for never.
  public let patience: Int?
  /// Whether events for TensorBoard are written.
  public let writesEvents: Bool
  /// Whether a batch whose loss or gradient is not a number is passed over.
  public let skipsBadBatches: Bool

  /// Makes the choices.
  ///
  /// - Parameters:
  ///   - options: what the user said.
  ///   - data: what is learned from.
  ///   - configuration: that of a model which is trained further; nil makes a new one.
  ///   - dataType: the number type of the run.
  /// - Throws: `GatewiseError.invalidArgument` naming the option whose size does not fit the data or this machine.
  public init(
    _ options: TrainingOptions, for data: RunData, startingFrom configuration: LSTMConfiguration? = nil,
    dataType: DataType
  ) throws(GatewiseError) {
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
        throw .invalidArgument(
          "A bidirectional model sees the steps that it is to predict; use it to classify whole sequences, or a model of "
            + "one direction.")
      }
    }
    window = options.window ?? usual.window
    let most = data.mostSequences(window: window)
    if let batchSize = options.batchSize, let most, batchSize > most.count {
      throw .invalidArgument(
        "--batch \(batchSize) is more than the \(most.count) \(most.name) there are to train on; "
          + "choose at most \(most.count).")
    }
    batchSize = options.batchSize ?? usual.batchSize(window: window, most: most?.count)
    (accumulation, averageDecay) = (options.accumulation ?? 1, options.averageDecay)
    guard accumulation >= 1 else {
      throw .invalidArgument("--accumulate is \(accumulation), but an update takes at least 1 batch.")
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
  /// The most sequences that a batch can have; nil for a text, which is cut into as many streams as are asked for.
  fileprivate func mostSequences(window: Int) -> (count: Int, name: String)? {
    switch self {
    case .text: nil
    case .forecast: trainingCount >= window ? (trainingCount - window + 1, "windows of \(window) rows") : nil
    case .classification: (trainingCount, "sequences")
    }
  }
}

/// Sizes that make a small run work without any being given.
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
    // Two years of months; of a shorter table half, so that there are windows to choose from.
    case .forecast: (hiddenSizes, window) = ([32], max(1, min(24, data.trainingCount / 2)))
    case .classification: (hiddenSizes, window) = ([32], 1)
    }
  }

  /// N: fewer where the data would otherwise give less than four batches.
  func batchSize(window: Int, most: Int?) -> Int {
    guard case .text = data else { return max(1, min(16, (most ?? 1) / 4)) }
    return max(1, min(32, data.trainingCount / max(window, 1) / 4))
  }

  /// Some passes over the data: 10 over a text, 50 over a table, at least 400 and at most 4000 updates.
  ///
  /// - Parameter sequences: of an update.
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
