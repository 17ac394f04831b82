/// The memory of a pass over windows of up to T steps of N sequences, sized once.
///
/// A workspace belongs to one thread at a time; a model may be used with any number of workspaces at once. Passes,
/// but for exact RTRL's, allocate nothing.
public final class Workspace<S: Scalar> {
  /// What a workspace is for.
  public enum Purpose: Sendable {
    /// Forward passes.
    case inference
    /// Forward passes and losses.
    case evaluation
    /// Forward passes that keep every cell and gate for who wants to see them.
    case recording
    /// Forward and backward passes.
    case training

    /// Whether gates and cells of every step are kept.
    var keepsSteps: Bool { self == .training || self == .recording }
  }

  let configuration: LSTMConfiguration
  let layout: ParameterLayout
  let execution: Execution
  let kernels: Kernels<S>
  let purpose: Purpose
  /// Whether a backward pass may be asked for the error of the input.
  let givesInputError: Bool
  /// T: the most steps a window may have.
  let maximumSteps: Int
  /// The most sequences a window may have.
  let maximumBatchSize: Int
  /// N of the loaded window.
  var batchSize: Int
  /// Whether there is a state that a window can go on from.
  var holdsState = false
  /// Whether the next window starts from the model's own initial state, learned or zero.
  var nextStartsFromModelState = false
  /// Whether the window of the last forward pass did, and so sends its error into a learned initial state.
  var startedFromModelState = false

  var packing: SequencePacking
  /// Of every direction of every layer, the lowest layer first.
  let layers: [LayerMemory<S>]
  /// `[rows, I]`: dense input, packed. Made at once where it is known that there will be such.
  let input = ReservedBuffer<S>()
  /// What was known of the sequences when memory was made.
  let sequences: WindowSequences
  /// `[rows]`: one-hot input by index, packed; used instead of `input` where `usesTokens`.
  let tokens: AlignedBuffer<Int32>
  var usesTokens = false
  /// x `[rows, I]`: `input`, or the caller's own where nothing had to be packed.
  var inputRows: UnsafePointer<S>
  /// Where the highest layer's h goes, `[rows, H]`, in place of its own memory: the caller's tensor, for the length of
  /// one call.
  var callerOutput: UnsafeMutablePointer<S>?
  /// Forward passes so far: those of a single step take the panels of the weights back and forth in turn.
  var passes = 0
  /// `[D, at least N, 4 · widest H]`: x·W + b where it is made ahead of the recurrence and no gates are kept.
  let ahead: AlignedBuffer<S>
  /// The readout's outputs: `[rows, K]` packed, or `[N, K]` in the caller's order for a readout on the last step.
  let readoutOutput: AlignedBuffer<S>
  /// `[rows]`: where each packed row lies among the caller's rows `[T·N]`.
  let callerRows: AlignedBuffer<Int>
  /// The loss of each of the caller's rows of the window: `[T·N]`, or `[N]` for a readout on the last step.
  let rowLosses: AlignedBuffer<S>
  /// ∂E/∂outputs, in the shape and order of the outputs; then the error two stages below, and so on. The stages are the
  /// readout, where there is one, every layer from the highest down, and the input.
  let outputError: AlignedBuffer<S>
  /// The error one stage below the outputs, three below, and so on.
  let otherError: AlignedBuffer<S>
  /// Of every direction of a layer, on its way back in time.
  let carries: [StateCarry<S>]
  /// Of every random mask.
  var masks: MaskStreams
  /// What the masks of the next windows are drawn from; nil where nothing is dropped, and zoneout holds back as much as it
  /// does in the mean.
  var maskSeed: UInt64?
  /// Called on the way back with each layer whose gradients are complete, the highest first; nil where nobody waits.
  var onLayerGradients: ((Int) -> Void)?
  /// `[rows, M]`: x·E.
  let embedded = ReservedBuffer<S>()
  /// `[rows, I]` of each layer: what is left of what it reads.
  let droppedRows: [ReservedBuffer<S>]
  /// `[P, C]` of each direction: what is left of R.
  let droppedWeights: [ReservedBuffer<S>]
  /// `[N, P]`: y_{t-1} without what is dropped, or the error of it.
  let maskedRows = ReservedBuffer<S>()
  /// `[2, N, H]`: the part of the error of y_t and c_t that zoneout hands to the step before.
  let zoneoutErrors = ReservedBuffer<S>()
  /// `[rows, D·H]`: what each layer puts out, where that is more than what one direction does; the error that reaches
  /// each direction then, `[D, rows, H]`; the rows or tokens that a reverse direction reads, turned; and the error that
  /// it sends below, `[rows, I]`.
  let joinedRows: [ReservedBuffer<S>]
  let turnedInput = ReservedBuffer<S>()
  let turnedTokens = ReservedBuffer<Int32>()
  let directionErrors = ReservedBuffer<S>()
  let turnedError = ReservedBuffer<S>()
  /// `[D, N, H]`: dh of a step, where outputs are projected.
  let projectionErrors = ReservedBuffer<S>()
  /// `[rows, widest H]`: a row of work for every sequence and for every step, for cells without fused kernels.
  let blockScratch = ReservedBuffer<S>()
  /// `[rows, G]`: the activations of the gates of the step before, or their errors at sequences' ends.
  let gateRows = ReservedBuffer<S>()
  /// `[rows, I]`: ∂E/∂x by the readout's shortcut.
  let shortcutError = ReservedBuffer<S>()
  /// The widest `[H]` of zeros: peepholes through which no error comes back.
  let noPeepholes = ReservedBuffer<S>()
  /// `[rows, C]` and then `[rows, H]`: deltas of every step's error alone, where a rule sends them below.
  let currentDeltas = ReservedBuffer<S>()
  /// The derivatives of all states by all parameters, and what a step of them needs: exact RTRL alone.
  let sensitivities = ReservedBuffer<S>()
  let sensitivityScratch = ReservedBuffer<S>()
  /// For the sums over all steps by the tile.
  let weightScratch: AlignedBuffer<S>
  /// Packed weights of products that no kernel of a step makes.
  let factorPanels: FactorPanels<S>

  /// Memory for windows of up to `steps` steps of `batchSize` sequences.
  ///
  /// - Throws: `GatewiseError` where a size is below 1, the memory is more than this machine has, or the environment
  ///   asks for a kernel or a thread count that cannot be.
  public convenience init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: Purpose = .training,
    givesInputError: Bool = false, weights: WeightStorage = .full, execution: Execution? = nil
  ) throws {
    try self.init(
      configuration, steps: steps, batchSize: batchSize, purpose: purpose, givesInputError: givesInputError,
      sequences: .any, weights: weights, beside: 0, execution: execution)
  }

  /// The same.
  ///
  /// - Parameters:
  ///   - sequences: what is known of those that will be loaded.
  ///   - bytes: what its user will have at the same time: it is checked together with the workspace.
  init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: Purpose, givesInputError: Bool = false,
    sequences: WindowSequences, weights: WeightStorage = .full, beside bytes: Double, execution: Execution? = nil
  ) throws {
    try configuration.validate(for: S.self)
    guard steps >= 0, batchSize >= 1 else {
      throw GatewiseError.invalidArgument(
        "A window of \(steps) steps of \(batchSize) sequences cannot be; steps are at least 0 and sequences at least 1."
      )
    }
    let execution = try execution ?? .standard()
    if execution.recurrentPath == .plain { OpenBLAS.prepare() }
    try weights.validate(for: S.self, configuration, path: execution.recurrentPath)
    kernels = try Kernels(for: execution.instructionSet)
    let memory = WorkspaceMemory(
      configuration, steps: steps, batchSize: batchSize, purpose: purpose, givesInputError: givesInputError,
      sequences: sequences, weights: weights, path: execution.recurrentPath, kernels: kernels.packed,
      threads: execution.team.threads)
    try memory.require(beside: bytes)
    self.configuration = configuration
    layout = ParameterLayout(configuration)
    self.execution = execution
    self.sequences = sequences
    self.purpose = purpose
    maximumSteps = steps
    maximumBatchSize = batchSize
    self.batchSize = batchSize
    self.givesInputError = givesInputError
    packing = SequencePacking(maximumSteps: steps, batchSize: batchSize)
    let rows = steps * batchSize
    let forTraining = purpose == .training
    let tile = memory.tile
    let shared = (WeightPanels<S>(), WeightPanels<S>())
    layers = layout.layers.map { layer in
      LayerMemory(
        layer, zonesOut: configuration.regularization.zonesOut, rows: rows, batchSize: batchSize, purpose: purpose,
        packed: tile.map {
          PackedLayer(
            layer, kernels: $0, storage: weights,
            panels: !forTraining ? WeightPanels() : layer.isReverse ? shared.1 : shared.0)
        })
    }
    tokens = AlignedBuffer(count: rows)
    let outputRows = configuration.readsLastStepOnly ? batchSize : rows
    readoutOutput = AlignedBuffer(count: configuration.readout == nil ? 0 : outputRows * configuration.outputSize)
    callerRows = AlignedBuffer(count: rows)
    rowLosses = AlignedBuffer(count: purpose != .inference ? outputRows : 0)
    let widestLayer = configuration.hiddenSizes.max() ?? 0
    let errors = WorkspaceMemory<S>.errorCounts(
      configuration, rows: Double(rows), outputRows: Double(outputRows), purpose: purpose,
      givesInputError: givesInputError)
    outputError = AlignedBuffer(count: Int(errors.output))
    otherError = AlignedBuffer(count: Int(errors.other))
    carries = (0..<configuration.directionCount).map { _ in
      StateCarry(configuration, batchSize: forTraining ? batchSize : 0)
    }
    joinedRows = configuration.hiddenSizes.map { _ in ReservedBuffer() }
    droppedRows = configuration.hiddenSizes.map { _ in ReservedBuffer() }
    droppedWeights = layout.layers.map { _ in ReservedBuffer() }
    masks = MaskStreams(configuration)
    weightScratch = AlignedBuffer(
      count: !forTraining
        ? 0 : memory.packs.map { memory.weightScratchCount($0, rows: max(rows, outputRows)) } ?? 0)
    factorPanels = FactorPanels(isShared: forTraining)
    let keepsGates = tile == nil || purpose.keepsSteps
    let aheadCount = max(batchSize, WorkSplit.rowsAhead) * 4 * widestLayer
    ahead = AlignedBuffer(count: keepsGates ? 0 : configuration.directionCount * aheadCount)
    inputRows = UnsafePointer(input.reserve(sequences.packsInput ? rows * configuration.inputSize : 0))
  }

  /// The highest layer's h, or the readout, as the outputs of the window: `[rows, K]` packed or, for a readout on the
  /// last step, `[N, K]` in the caller's order.
  var output: UnsafeMutablePointer<S> {
    configuration.readout == nil ? layerOutput(configuration.layerCount - 1) : readoutOutput.base
  }

  /// The rows of `output` and of `outputError`.
  var outputRows: Int { configuration.readsLastStepOnly ? batchSize : packing.rows }
}
