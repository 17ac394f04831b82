/// The use of an engine, which determines what it keeps of a window.
enum EnginePurpose: Sendable {
  /// Forward passes.
  case inference
  /// Forward passes and losses.
  case evaluation
  /// Forward passes that keep the cells and gates of all steps.
  case recording
  /// Forward and backward passes.
  case training

  /// Whether gates and cells of all steps are kept.
  var keepsSteps: Bool { self == .training || self == .recording }
}

extension EngineShape {
  /// The shape with the kernels, the path and the number of threads of an execution.
  init(
    configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: EnginePurpose, paths: ErrorPaths = .all,
    givesInputError: Bool = false, sequences: WindowSequences = .any, weights: WeightStorage = .full,
    execution: Execution
  ) throws {
    self.init(
      configuration: configuration, steps: steps, batchSize: batchSize, purpose: purpose, paths: paths,
      givesInputError: givesInputError, sequences: sequences, weights: weights, path: execution.recurrentPath,
      kernels: try Kernels(for: execution.instructionSet), threads: execution.team.threads)
  }
}

/// The model, sizes and kernels that an engine is made for.
struct EngineShape<S: Scalar> {
  let configuration: LSTMConfiguration
  /// T: the maximum number of steps of a window.
  let steps: Int
  /// N: the maximum number of sequences of a window.
  let batchSize: Int
  let purpose: EnginePurpose
  /// The paths of the error that a backward pass may ask for.
  var paths = ErrorPaths.all
  /// Whether a backward pass may ask for the error of the input.
  var givesInputError = false
  /// What is known of the sequences that will be loaded.
  var sequences = WindowSequences.any
  var weights = WeightStorage.full
  let path: RecurrentPath
  let kernels: Kernels<S>
  let threads: Int

  var trains: Bool { purpose == .training }

  /// Whether the fused kernels run the layers.
  var runsByTile: Bool { path == .tile && configuration.runsByTile(inTraining: trains) }

  /// Whether cells and gates of every step are kept: the plain path always has them.
  var keepsSteps: Bool { !runsByTile || purpose.keepsSteps }

  /// An empty plan of the memory of such an engine.
  func makePlan() -> MemoryPlan { MemoryPlan(steps: steps, batchSize: batchSize, usedRows: sequences.rows) }

  /// The subject of the error if the memory does not suffice.
  var description: String {
    "The memory for \(steps) steps of \(batchSize) sequences with hidden sizes \(configuration.hiddenSizes)"
  }

  /// Checks everything but the memory.
  ///
  /// - Throws: `GatewiseError` for an invalid configuration, a size below 1, or weights that cannot be stored as asked.
  func validate() throws {
    try configuration.validate(for: S.self)
    guard steps >= 0, batchSize >= 1 else {
      throw GatewiseError.invalidArgument(
        "A window must have at least 0 steps and at least 1 sequence, but has \(steps) steps of \(batchSize) sequences."
      )
    }
    try weights.validate(for: S.self, configuration, path: path)
  }
}
