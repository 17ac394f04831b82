/// Forward and backward passes over windows that need not be in memory as a whole. Here the request of a gradient rule
/// is interpreted.
///
/// If the rule names a segment of k steps, the engine holds one segment at a time. Forward, the segments run one after
/// the other, and only the state in front of each is saved. Backward, they run from the last to the first: each forward
/// once more from its saved state, unless it is still there, then back with the error of its outputs and that of its
/// last state, which the following segment has left. The parameters' gradients add up in that order. Without segments
/// all of this is one forward and one backward pass.
///
/// Passes allocate nothing, except those of exact RTRL.
final class WindowPass<S: Scalar> {
  let request: GradientRequest
  private let paths: ErrorPaths
  /// The stages, with memory for one segment.
  let engine: Engine<S>
  /// The maximum number of steps of a window.
  let maximumSteps: Int
  /// The maximum number of steps of a segment.
  private let segmentLength: Int
  /// In front of every segment, and after the last; none if a window is one segment or no backward pass follows.
  private let states: SavedStates<S>
  /// The gradient of one segment, `[P]`.
  private let segmentGradient: PlannedBuffer<S>
  /// For truncated BPTT in blocks.
  let blocks: BlockMemory<S>?
  /// For derivatives that go forward.
  private let sensitivities: SensitivityPass<S>?
  private var segments = Segments(steps: 0, length: 1)
  /// The segment whose forward pass the engine holds.
  private var loaded: Segment?
  /// Whether the window started from the model's own initial state.
  private var startedFromModelState = false

  /// Makes a pass for windows of up to `steps` steps of `batchSize` sequences, and checks its memory.
  ///
  /// - Parameters:
  ///   - sequences: what is known of those of a segment.
  ///   - bytes: other memory that is in use at the same time.
  /// - Throws: `GatewiseError` for an impossible size, too little memory, an invalid rule, or one that cannot
  ///   differentiate the model.
  convenience init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: EnginePurpose = .training,
    givesInputError: Bool = false, sequences: WindowSequences = .any, rule: GradientRule, beside bytes: Double = 0,
    execution: Execution?
  ) throws {
    try rule.validate()
    try configuration.validate(for: S.self)
    let (request, execution) = (rule.request, try execution ?? .standard())
    if purpose == .training {
      try request.validate(for: configuration)
      if request.direction == .forward { try SensitivityShape(configuration).require(for: S.self, configuration) }
    }
    let shape = try EngineShape<S>(
      configuration: configuration, steps: WindowCut(request, steps: steps).held, batchSize: batchSize,
      purpose: purpose, paths: request.paths, givesInputError: givesInputError, sequences: sequences,
      execution: execution)
    try shape.validate()
    let plan = shape.makePlan()
    self.init(shape, steps: steps, request, team: execution.team, plan: plan)
    try plan.allocate(for: shape.description, beside: bytes)
    engine.prepare()
  }

  /// Makes a pass whose memory has not been checked.
  ///
  /// - Parameters:
  ///   - shape: that of the engine, for the steps that are held at a time.
  ///   - steps: T of a window.
  init(
    _ shape: EngineShape<S>, steps: Int, _ request: GradientRequest, team: ThreadTeam?, plan: MemoryPlan
  ) {
    let (cut, configuration) = (WindowCut(request, steps: steps), shape.configuration)
    (self.request, paths) = (request, shape.paths)
    maximumSteps = steps
    segmentLength = cut.segment
    engine = Engine(shape, team: team, plan: plan)
    let goesBackInParts = shape.trains && cut.isInParts
    states = SavedStates(engine, places: goesBackInParts ? cut.places : 0, plan: plan)
    segmentGradient = plan.buffer("gradient of a segment") { _ in goesBackInParts ? configuration.parameterCount : 0 }
    if case .blocks(let every, let depth) = request.cut, goesBackInParts {
      blocks = BlockMemory(every: every, depth: depth, engine, plan: plan)
    } else {
      blocks = nil
    }
    sensitivities = shape.trains && request.direction == .forward ? SensitivityPass(engine, plan: plan) : nil
  }

  /// Fills the memory for the gradient of a segment, which every backward pass overwrites.
  func fillSegmentGradient(_ value: S) {
    if goesInParts { segmentGradient.vector.fill(value) }
  }

  /// Whether a window of the most steps has more than one segment.
  var goesInParts: Bool { segmentLength < maximumSteps }

  /// Whether the outputs of earlier segments are gone when the last has run.
  var isInParts: Bool { segments.count > 1 }

  /// Whether a segment has outputs.
  func hasOutputs(_ segment: Segment) -> Bool { segment.isLast || !engine.configuration.readsLastStepOnly }

  // MARK: Forward

  /// Runs the forward pass over a batch: from the model's initial state, or from the end of the previous batch if the
  /// batch continues it.
  ///
  /// - Parameter onOutputs: called after every segment that has outputs: for a readout after the last step, only after
  ///   the last.
  func forward(_ batch: SequenceBatch<S>, _ parameters: ParameterVector<S>, onOutputs: (Segment) -> Void) {
    segments = Segments(steps: batch.longestLength, length: segmentLength)
    engine.window.batchSize = batch.batchSize
    if !batch.continuesState { engine.resetState(parameters) }
    startedFromModelState = engine.nextStartsFromModelState
    for index in 0..<segments.count {
      let segment = segments[index]
      save(at: index)
      run(segment, of: batch, parameters)
      if hasOutputs(segment) { onOutputs(segment) }
    }
    save(at: segments.count)
  }

  /// Runs a segment forward from the engine's present state.
  private func run(_ segment: Segment, of batch: SequenceBatch<S>, _ parameters: ParameterVector<S>) {
    forward(segment.range, of: batch, lengths: batch.lengths, parameters)
    loaded = segment
  }

  /// Runs some steps forward from the engine's present state.
  ///
  /// - Parameter lengths: the end of each sequence, `[N]`; nil if all have these steps.
  func forward(_ steps: Range<Int>, of batch: SequenceBatch<S>, lengths: [Int]?, _ parameters: ParameterVector<S>) {
    // Only the first step sends its error to a learned initial state.
    engine.nextStartsFromModelState = steps.lowerBound == 0 && startedFromModelState
    batch.inputs.withView { x in
      engine.window.load(batch, from: steps.lowerBound, steps: steps.count, lengths: lengths, borrowing: x)
      engine.forward(parameters)
      engine.endBorrowing()
    }
  }

  private func save(at place: Int) { if isInParts, engine.shape.trains { states.save(at: place) } }

  /// Starts the next steps from the state in front of a segment.
  func restore(from place: Int) { states.restore(from: place) }

  /// Runs a segment forward again, unless the engine still holds it.
  private func recall(_ segment: Segment, of batch: SequenceBatch<S>, _ parameters: ParameterVector<S>) {
    guard loaded != segment else { return }
    restore(from: segment.index)
    run(segment, of: batch, parameters)
  }

  /// Calls `body` with every segment of the last forward pass, in order and in the engine's memory again, until it
  /// returns true.
  func search(_ batch: SequenceBatch<S>, _ parameters: ParameterVector<S>, _ body: (Segment) -> Bool) {
    for index in 0..<segments.count {
      recall(segments[index], of: batch, parameters)
      if withInputs(of: batch, from: segments[index].start, { body(segments[index]) }) { return }
    }
  }

  // MARK: Backward

  /// Runs the backward pass over the batch of the last forward pass, from the error of the last states, which the
  /// engine has, to that of the initial states, which it has then. The state is unchanged, so that the next batch may
  /// continue.
  ///
  /// - Parameters:
  ///   - gradients: `[P]`; overwritten.
  ///   - inputGradient: where ∂E/∂x goes, `[T·N, I]` in the caller's order, padding not written; nil if it is not
  ///     wanted.
  ///   - loadError: sets the engine's error of a segment's outputs; called for segments that have outputs.
  func backward(
    _ batch: SequenceBatch<S>, _ parameters: ParameterVector<S>, gradients: VectorView<S>,
    inputGradient: MatrixView<S>? = nil, loadError: (Segment) -> Void
  ) {
    if let blocks, isInParts {
      backward(
        inBlocks: blocks, batch, parameters, gradients: gradients, inputGradient: inputGradient, loadError: loadError)
      return restore(from: segments.count)
    }
    for index in (0..<segments.count).reversed() {
      let segment = segments[index]
      recall(segment, of: batch, parameters)
      if hasOutputs(segment) { loadError(segment) } else { engine.clearOutputError() }
      addGradient(
        of: batch, from: segment.start, parameters, to: gradients, isFirst: segment.isLast,
        wantsInputError: inputGradient != nil)
      if let inputGradient {
        engine.window.scatter(engine.inputError, into: inputGradient.elements, from: segment.start)
      }
    }
    if isInParts { restore(from: segments.count) }
  }

  /// Computes the gradient of what is loaded, as the rule asks, and adds it unless it is the first.
  func addGradient(
    of batch: SequenceBatch<S>, from start: Int, _ parameters: ParameterVector<S>,
    to gradients: VectorView<S>, isFirst: Bool, wantsInputError: Bool
  ) {
    let pass = BackwardPass(
      parameters: parameters, gradients: isFirst ? gradients : segmentGradient.vector, wantsInputError: wantsInputError,
      paths: paths)
    withInputs(of: batch, from: start) {
      if let sensitivities { sensitivities.run(pass) } else { engine.backward(pass) }
    }
    // The gates are deltas now.
    loaded = nil
    guard !isFirst else { return }
    let job = GradientSum(gradient: segmentGradient.vector, sum: gradients, kernels: engine.products.kernels)
    engine.products.run(job, tasks: job.tasks)
  }

  /// Calls `body` while the engine may read the inputs of the steps that it holds, from step `start` on.
  private func withInputs<Result>(of batch: SequenceBatch<S>, from start: Int, _ body: () -> Result) -> Result {
    batch.inputs.withView { x in
      engine.window.borrow(x, from: start)
      defer { engine.endBorrowing() }
      return body()
    }
  }
}

extension WindowPass {
  /// Returns a pass with room for a batch: the present one, or a larger one with its state.
  static func fitting(
    _ batch: SequenceBatch<S>, _ configuration: LSTMConfiguration, _ purpose: EnginePurpose,
    _ rule: GradientRule, _ execution: Execution, reusing pass: WindowPass?
  ) throws -> WindowPass {
    let held = pass?.engine
    let (steps, sequences) = (pass?.maximumSteps ?? 0, held?.shape.batchSize ?? 0)
    let kind = WindowSequences(batch, window: batch.steps, endsWithLongest: true)
    let others = held?.shape.sequences
    if let pass, steps >= batch.steps, sequences >= batch.batchSize, others?.includes(kind) == true { return pass }
    let larger = try WindowPass(
      configuration, steps: max(batch.steps, steps), batchSize: max(batch.batchSize, sequences), purpose: purpose,
      sequences: WindowSequences(
        areUneven: kind.areUneven || others?.areUneven == true, isDense: kind.isDense || others?.isDense == true,
        rows: nil),
      rule: rule, execution: execution)
    if let held, held.holdsState {
      larger.engine.window.batchSize = held.window.batchSize
      try larger.engine.setState(held.state)
    }
    return larger
  }
}

/// The job that computes sum += gradient over all parameters. One task is a block of them; the sum of every parameter
/// has the order of the calls.
private struct GradientSum<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var parametersPerTask: Int { 1 << 15 }

  /// `[P]`
  let gradient: VectorView<S>
  /// `[P]`
  let sum: VectorView<S>
  let kernels: Kernels<S>

  var tasks: Int { (sum.count + Self.parametersPerTask - 1) / Self.parametersPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.parametersPerTask
    let part = first..<min(sum.count, first + Self.parametersPerTask)
    kernels.add(gradient[part], to: sum[part])
  }
}

/// Some consecutive steps of a window that are in memory together.
struct Segment: Equatable {
  /// The first step.
  let start: Int
  /// The number of steps.
  let steps: Int
  /// The number of the segment in its window.
  let index: Int
  /// Whether the window ends here.
  let isLast: Bool

  var range: Range<Int> { start..<start + steps }
}

/// The division of a window into segments of `length` steps, the last with the rest; one without steps if the window
/// has none.
struct Segments: Equatable {
  /// The steps of the window that some sequence has.
  private let steps: Int
  /// The maximum number of steps of a segment.
  private let length: Int

  init(steps: Int, length: Int) {
    (self.steps, self.length) = (steps, max(1, length))
  }

  /// The number of segments, at least 1.
  var count: Int { Self.count(steps: steps, length: length) }

  /// Returns the number of segments of `length` steps, at least 1, of a window of `steps`.
  static func count(steps: Int, length: Int) -> Int { max(1, steps / length + (steps % length > 0 ? 1 : 0)) }

  subscript(index: Int) -> Segment {
    let start = index * length
    return Segment(start: start, steps: min(length, steps - start), index: index, isLast: index == count - 1)
  }
}

/// The steps of a window of T steps that a rule's request keeps in memory.
struct WindowCut {
  /// T
  let steps: Int
  /// The steps that the engine holds at a time.
  let held: Int
  /// The maximum number of steps of a segment.
  let segment: Int

  init(_ request: GradientRequest, steps: Int) {
    self.steps = steps
    switch request.cut {
    case .whole: (held, segment) = (steps, steps)
    case .segments(let length): (held, segment) = (min(steps, length), min(steps, length))
    case .blocks(let every, let depth): (held, segment) = (min(steps, depth), min(steps, depth, every))
    }
  }

  /// Whether a window of the most steps has more than one segment.
  var isInParts: Bool { segment < steps }

  /// The number of saved states: in front of every segment, and after the last.
  var places: Int { isInParts ? Segments.count(steps: steps, length: segment) + 1 : 0 }
}
