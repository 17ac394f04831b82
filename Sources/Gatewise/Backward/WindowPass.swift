/// Forward and backward passes over windows that need not be in memory as a whole.
///
/// Where the rule names a segment of k steps, the workspace holds one segment at a time. Forward, the segments run one
/// after the other, and only the state in front of each is saved. Backward, they run from the last to the first: each
/// forward once more from its saved state, unless it is still there, then back with the error of its outputs and that
/// of its last state, which the segment behind has left. The parameters' gradients add up in that order. Without
/// segments all of this is one forward and one backward.
///
/// Passes allocate nothing.
final class WindowPass<S: Scalar> {
  let rule: any GradientRule
  /// The memory of one segment.
  let workspace: Workspace<S>
  /// The most steps that a window may have.
  let maximumSteps: Int
  /// In front of every segment, and behind the last; none where a window is one segment or nobody goes back.
  private let states: SavedStates<S>
  /// The gradient of one segment, `[P]`; empty where there is one only.
  private let segmentGradient: AlignedBuffer<S>
  private var segments = Segments(steps: 0, length: 1)
  /// The segment of which the workspace holds the forward pass.
  private var loaded: Segment?
  /// Whether the window started from the model's own initial state.
  private var startedFromModelState = false

  /// Memory for windows of up to `steps` steps of `batchSize` sequences.
  ///
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory, or the rule cannot be.
  init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: Workspace<S>.Purpose = .training,
    givesInputError: Bool = false, rule: any GradientRule, execution: Execution?
  ) throws {
    try rule.validate()
    let length = min(steps, rule._segment ?? steps)
    self.rule = rule
    maximumSteps = steps
    workspace = try Workspace(
      configuration, steps: length, batchSize: batchSize, purpose: purpose, givesInputError: givesInputError,
      execution: execution)
    let goesBackInParts = purpose == .training && length < steps
    states = try SavedStates(
      configuration, places: goesBackInParts ? Segments.count(steps: steps, length: length) + 1 : 0,
      batchSize: batchSize)
    segmentGradient = AlignedBuffer(count: goesBackInParts ? workspace.layout.count : 0)
  }

  /// Whether the outputs of earlier segments are gone when the last has run.
  var isInParts: Bool { segments.count > 1 }

  /// The forward pass over a batch: from the model's initial state, or from where the last batch ended where the batch
  /// says that it continues.
  ///
  /// - Parameter onOutputs: called after every segment that has outputs: where the readout is on the last step, only
  ///   after the last.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    _ batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion, onOutputs: (Segment) -> Void
  ) {
    segments = Segments(steps: batch.longestLength, length: workspace.maximumSteps)
    workspace.batchSize = batch.batchSize
    if !batch.continuesState { workspace.resetState(parameters: parameters) }
    startedFromModelState = workspace.nextStartsFromModelState
    for index in 0..<segments.count {
      let segment = segments[index]
      save(at: index)
      run(segment, of: batch, parameters: parameters, version: version)
      if hasOutputs(segment) { onOutputs(segment) }
    }
    save(at: segments.count)
  }

  /// The backward pass over the batch of the last forward pass, from the error of the last states, which the workspace
  /// has, to that of the initial states, which it has then. The state is as it was, so that the next batch may go on.
  ///
  /// - Parameters:
  ///   - gradients: `[P]`; overwritten.
  ///   - inputGradient: where ∂E/∂x goes, `[T, N, I]` in the caller's order, padding not written; nil where it is not
  ///     wanted.
  ///   - loadError: gives the workspace the error of a segment's outputs; called for those that have outputs.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    _ batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion,
    gradients: UnsafeMutablePointer<S>, inputGradient: UnsafeMutablePointer<S>? = nil, loadError: (Segment) -> Void
  ) {
    for index in (0..<segments.count).reversed() {
      let segment = segments[index]
      recall(segment, of: batch, parameters: parameters, version: version)
      if hasOutputs(segment) { loadError(segment) } else { workspace.clearOutputError() }
      withInputs(of: batch, from: segment) {
        rule._backward(
          workspace, parameters: parameters, gradients: segment.isLast ? gradients : segmentGradient.base,
          wantsInputError: inputGradient != nil)
      }
      // The gates are deltas now.
      loaded = nil
      if !segment.isLast { addGradient(to: gradients) }
      if let inputGradient {
        let width = workspace.configuration.inputSize
        workspace.scatter(
          workspace.inputError, width: width, into: inputGradient + segment.start * batch.batchSize * width)
      }
    }
    if isInParts { states.restore(workspace, from: segments.count) }
  }

  /// Calls `body` with every segment of the last forward pass, in order and in the workspace again, until it says that
  /// it has found what it looks for.
  func search(
    _ batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion, _ body: (Segment) -> Bool
  ) {
    for index in 0..<segments.count {
      recall(segments[index], of: batch, parameters: parameters, version: version)
      if withInputs(of: batch, from: segments[index], { body(segments[index]) }) { return }
    }
  }

  /// Whether outputs belong to a segment.
  func hasOutputs(_ segment: Segment) -> Bool {
    segment.isLast || !workspace.configuration.readsLastStepOnly
  }

  /// Runs a segment forward from the state that the workspace has.
  private func run(
    _ segment: Segment, of batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion
  ) {
    // Only the first segment sends its error into a learned initial state.
    workspace.nextStartsFromModelState = segment.start == 0 && startedFromModelState
    batch.inputs.withUnsafeBufferPointer { x in
      workspace.load(batch, from: segment.start, steps: segment.steps, borrowing: x.baseAddress)
      workspace.forward(parameters: parameters, version: version)
      workspace.endBorrowing()
    }
    loaded = segment
  }

  /// Runs a segment forward again, unless the workspace still holds it.
  private func recall(
    _ segment: Segment, of batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion
  ) {
    guard loaded != segment else { return }
    states.restore(workspace, from: segment.index)
    run(segment, of: batch, parameters: parameters, version: version)
  }

  /// Calls `body` while the workspace may read the inputs of the segment that it holds.
  private func withInputs<Result>(
    of batch: SequenceBatch<S>, from segment: Segment, _ body: () -> Result
  ) -> Result {
    batch.inputs.withUnsafeBufferPointer { x in
      workspace.borrow(x.baseAddress, from: segment.start)
      defer { workspace.endBorrowing() }
      return body()
    }
  }

  private func save(at place: Int) {
    if isInParts, workspace.purpose == .training { states.save(workspace, at: place) }
  }

  private func addGradient(to gradients: UnsafeMutablePointer<S>) {
    let job = GradientSum(
      count: workspace.layout.count, gradient: segmentGradient.base, sum: gradients, add: workspace.kernels.add)
    workspace.execution.team.run(job, tasks: job.tasks)
  }
}

extension WindowPass {
  /// A pass that a batch fits: the one there is, or a larger one to which its state is carried over.
  static func fitting(
    _ batch: SequenceBatch<S>, _ configuration: LSTMConfiguration, _ purpose: Workspace<S>.Purpose,
    _ rule: any GradientRule, _ execution: Execution, reusing pass: WindowPass?
  ) throws -> WindowPass {
    let held = pass?.workspace
    let (steps, sequences) = (pass?.maximumSteps ?? 0, held?.maximumBatchSize ?? 0)
    if let pass, steps >= batch.steps, sequences >= batch.batchSize { return pass }
    let larger = try WindowPass(
      configuration, steps: max(batch.steps, steps), batchSize: max(batch.batchSize, sequences), purpose: purpose,
      rule: rule, execution: execution)
    if let held, held.holdsState {
      larger.workspace.batchSize = held.batchSize
      try larger.workspace.setState(held.state)
    }
    return larger
  }
}

extension SequenceBatch {
  /// The steps of the longest sequence.
  fileprivate var longestLength: Int { lengths.map { $0.max() ?? 0 } ?? steps }
}
