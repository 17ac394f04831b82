/// Forward and backward passes over windows that need not be in memory as a whole.
///
/// Where the rule names a segment of k steps, the workspace holds one segment at a time. Forward, the segments run one
/// after the other, and only the state in front of each is saved. Backward, they run from the last to the first: each
/// forward once more from its saved state, unless it is still there, then back with the error of its outputs and that
/// of its last state, which the segment behind has left. The parameters' gradients add up in that order. Without
/// segments all of this is one forward and one backward.
///
/// Passes allocate nothing, but for those of exact RTRL.
final class WindowPass<S: Scalar> {
  let rule: any GradientRule
  /// The memory of one segment.
  let workspace: Workspace<S>
  /// The most steps that a window may have.
  let maximumSteps: Int
  /// The most steps of a segment.
  private let segmentLength: Int
  /// Whether a window of the most steps has more than one segment.
  var goesInParts: Bool { segmentLength < maximumSteps }
  /// In front of every segment, and behind the last; none where a window is one segment or nobody goes back.
  private let states: SavedStates<S>
  /// The gradient of one segment, `[P]`; empty where there is one only.
  private let segmentGradient: AlignedBuffer<S>
  /// For truncated BPTT in blocks.
  private let truncation: TruncationMemory<S>?
  private var segments = Segments(steps: 0, length: 1)
  /// The segment of which the workspace holds the forward pass.
  private var loaded: Segment?
  /// Whether the window started from the model's own initial state.
  private var startedFromModelState = false

  /// Memory for windows of up to `steps` steps of `batchSize` sequences.
  ///
  /// - Parameters:
  ///   - sequences: what is known of those of a segment.
  ///   - bytes: what its user will have at the same time: it is checked together with the pass.
  /// - Throws: `GatewiseError` where a size is impossible or beyond this machine's memory, or the rule cannot be.
  init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: Workspace<S>.Purpose = .training,
    givesInputError: Bool = false, sequences: WindowSequences = .any, rule: any GradientRule, beside bytes: Double = 0,
    execution: Execution?
  ) throws {
    try rule.validate()
    try configuration.validate(for: S.self)
    if purpose == .training { try rule._require(configuration, bytesPerNumber: MemoryLayout<S>.stride) }
    let cut = WindowCut(rule, steps: steps)
    self.rule = rule
    maximumSteps = steps
    segmentLength = cut.segment
    let execution = try execution ?? .standard()
    let own =
      purpose == .training
      ? cut.count(
        configuration, batchSize: Double(batchSize), rows: sequences.rows, rule: rule, threads: execution.team.threads,
        wantsInputError: givesInputError) : 0
    workspace = try Workspace(
      configuration, steps: cut.held, batchSize: batchSize, purpose: purpose, givesInputError: givesInputError,
      sequences: sequences, beside: own * Double(MemoryLayout<S>.stride) + bytes, execution: execution)
    let goesBackInParts = purpose == .training && cut.isInParts
    states = try SavedStates(configuration, places: goesBackInParts ? cut.places : 0, batchSize: batchSize)
    segmentGradient = AlignedBuffer(count: goesBackInParts ? workspace.layout.count : 0)
    truncation = rule._truncation.flatMap { _ in
      goesBackInParts ? TruncationMemory(configuration, batchSize: batchSize) : nil
    }
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
    segments = Segments(steps: batch.longestLength, length: segmentLength)
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
    if let truncation, let rule = rule._truncation, isInParts {
      backward(
        inBlocksOf: rule, truncation, batch, parameters: parameters, version: version, gradients: gradients,
        inputGradient: inputGradient, loadError: loadError)
      return states.restore(workspace, from: segments.count)
    }
    for index in (0..<segments.count).reversed() {
      let segment = segments[index]
      recall(segment, of: batch, parameters: parameters, version: version)
      if hasOutputs(segment) { loadError(segment) } else { workspace.clearOutputError() }
      sendBack(
        batch, from: segment.start, parameters: parameters, gradients: gradients, isFirst: segment.isLast,
        wantsInputError: inputGradient != nil)
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
      if withInputs(of: batch, from: segments[index].start, { body(segments[index]) }) { return }
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
    forward(
      segment.start..<segment.start + segment.steps, of: batch, lengths: batch.lengths, parameters: parameters,
      version: version)
    loaded = segment
  }

  /// Runs some steps forward from the state that the workspace has.
  ///
  /// - Parameter lengths: where each sequence ends, `[N]`; nil where all go on.
  func forward(
    _ steps: Range<Int>, of batch: SequenceBatch<S>, lengths: [Int]?, parameters: UnsafePointer<S>,
    version: ParameterVersion
  ) {
    // Only the first step sends its error into a learned initial state.
    workspace.nextStartsFromModelState = steps.lowerBound == 0 && startedFromModelState
    batch.inputs.withUnsafeBufferPointer { x in
      workspace.load(
        batch, from: steps.lowerBound, steps: steps.count, lengths: lengths, borrowing: x.baseAddress)
      workspace.forward(parameters: parameters, version: version)
      workspace.endBorrowing()
    }
  }

  /// The backward pass over what is loaded; the gradient is the first, or is added.
  func sendBack(
    _ batch: SequenceBatch<S>, from start: Int, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>,
    isFirst: Bool, wantsInputError: Bool
  ) {
    withInputs(of: batch, from: start) {
      rule._backward(
        workspace, parameters: parameters, gradients: isFirst ? gradients : segmentGradient.base,
        wantsInputError: wantsInputError)
    }
    // The gates are deltas now.
    loaded = nil
    if !isFirst { addGradient(to: gradients) }
  }

  /// The next steps start from the state in front of a segment.
  func restore(from place: Int) { states.restore(workspace, from: place) }

  /// Runs a segment forward again, unless the workspace still holds it.
  private func recall(
    _ segment: Segment, of batch: SequenceBatch<S>, parameters: UnsafePointer<S>, version: ParameterVersion
  ) {
    guard loaded != segment else { return }
    states.restore(workspace, from: segment.index)
    run(segment, of: batch, parameters: parameters, version: version)
  }

  /// Calls `body` while the workspace may read the inputs of the steps that it holds, from step `start` on.
  private func withInputs<Result>(
    of batch: SequenceBatch<S>, from start: Int, _ body: () -> Result
  ) -> Result {
    batch.inputs.withUnsafeBufferPointer { x in
      workspace.borrow(x.baseAddress, from: start)
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
    let kind = batch.sequences(window: batch.steps, endsWithLongest: true)
    let others = held?.sequences
    if let pass, steps >= batch.steps, sequences >= batch.batchSize, others?.includes(kind) == true { return pass }
    let larger = try WindowPass(
      configuration, steps: max(batch.steps, steps), batchSize: max(batch.batchSize, sequences), purpose: purpose,
      sequences: WindowSequences(
        areUneven: kind.areUneven || others?.areUneven == true, isDense: kind.isDense || others?.isDense == true,
        rows: nil),
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
