/// The input of an engine: some steps of a batch, with the rows of all sequences packed one after the other.
final class Window<S: Scalar> {
  /// The maximum number of steps.
  let maximumSteps: Int
  /// The maximum number of sequences.
  let maximumBatchSize: Int
  let inputSize: Int
  /// The order of the rows.
  private(set) var packing = SequencePacking(maximumSteps: 0, batchSize: 0) { didSet { rows = packing.rows } }
  /// The number of packed rows. Every view needs it, and an access to `packing` costs a check of exclusivity.
  private(set) var rows = 0
  /// The number N of loaded sequences.
  var batchSize: Int
  /// `[rows]`: for every packed row its number among the caller's rows `[T·N]`.
  private let places: PlannedBuffer<Int>
  /// `[rows]`: one-hot input by index.
  private let tokens: PlannedBuffer<Int32>
  /// `[rows, I]`: dense input that had to be packed.
  private let packed: PlannedBuffer<S>
  /// x: the rows or tokens.
  private(set) var input: StageInput<S>
  /// The seed of the random masks; nil if there are none.
  var maskSeed: UInt64?
  /// The numbers of the sequences in a larger batch, which masks depend on; nil if the batch is whole.
  private var maskRows: MaskRows?
  private let team: ThreadTeam?

  init(_ shape: EngineShape<S>, team: ThreadTeam?, plan: MemoryPlan) {
    (maximumSteps, maximumBatchSize) = (shape.steps, shape.batchSize)
    inputSize = shape.configuration.inputSize
    batchSize = shape.batchSize
    self.team = team
    plan.add("order of the rows") { 16 * ($0.steps + $0.sequences) }
    places = plan.buffer("places of the rows") { $0.rows }
    tokens = plan.buffer("tokens") { $0.rows }
    let (I, packs) = (Double(inputSize), shape.sequences.packsInput)
    packed = plan.buffer("packed input") { packs ? $0.rows * I : 0 }
    input = .none
  }

  /// `[rows]`: for every packed row its number among the caller's rows `[T·N]`.
  var callerRows: VectorView<Int> { places.vector }

  /// `[rows, I]`: the packed input.
  private var packedInput: MatrixView<S> { packed.matrix(rows: rows, columns: inputSize) }

  /// Whether the input consists of tokens.
  var usesTokens: Bool { if case .tokens = input { true } else { false } }

  /// Returns the mask of a stream on rows n, or t·N + n, for sequences n; nil if nothing is dropped.
  func mask(_ stream: MaskStream) -> DropMask? { stream.mask(maskSeed, rows: maskRows) }

  /// Makes the arrays of the order of rows; called once the plan has been checked.
  func prepare() { packing = SequencePacking(maximumSteps: maximumSteps, batchSize: maximumBatchSize) }

  /// Loads and packs the steps `start ..< start + steps` of a batch.
  ///
  /// - Parameter borrowing: the batch's inputs until `endBorrowing`; rows that need no packing are read there.
  /// - Precondition: the batch has been validated and fits.
  func load(
    _ batch: SequenceBatch<S>, from start: Int = 0, steps: Int, borrowing x: VectorView<S>? = nil
  ) {
    load(batch, from: start, steps: steps, lengths: batch.lengths, borrowing: x)
  }

  /// Loads sequences that end as `lengths` says, `[N]`, or that all have these steps.
  func load(
    _ batch: SequenceBatch<S>, from start: Int, steps: Int, lengths: [Int]?, borrowing x: VectorView<S>?
  ) {
    precondition(
      steps <= maximumSteps && batch.batchSize <= maximumBatchSize,
      "\(steps) steps of \(batch.batchSize) sequences in a window for \(maximumSteps) of \(maximumBatchSize)")
    batchSize = batch.batchSize
    maskRows = batch.share.map { MaskRows(sequences: batch.batchSize, share: $0) }
    if let lengths {
      packing.pack(steps: steps, lengths: lengths, from: start)
    } else {
      packing.pack(steps: steps, batchSize: batchSize)
    }
    let places = places.vector
    for t in 0..<packing.steps {
      for n in 0..<packing.active[t] {
        places[packing.offset[t] + n] = (start + t) * batchSize + packing.order[n]
      }
    }
    if !batch.tokens.isEmpty {
      let tokens = tokens.vector
      batch.tokens.withView { source in
        for row in 0..<rows { tokens[row] = source[places[row]] }
      }
      input = .tokens(tokens)
    } else if x == nil || !packing.isUniform {
      precondition(packed.count >= rows * inputSize, "the window has no memory for packed input")
      batch.inputs.withView { gather($0, from: start, into: packedInput) }
      input = .rows(packedInput)
    } else {
      borrow(x, from: start)
    }
  }

  /// Reads the rows of the loaded window, which starts at step `start` of a batch, from the batch's inputs until
  /// `endBorrowing`, unless they were packed.
  func borrow(_ x: VectorView<S>?, from start: Int) {
    guard let x, packing.isUniform, !usesTokens else { return }
    input = .rows(x.matrix(at: start * batchSize * inputSize, rows: rows, columns: inputSize))
  }

  /// Starts a window of one step of every sequence, whose input is set by `setStep`.
  func loadStep() {
    batchSize = maximumBatchSize
    packing.pack(steps: 1, batchSize: batchSize)
    for row in 0..<batchSize { places.vector[row] = row }
  }

  /// Sets the input of a step, `[N, I]`, which must stay valid until `endBorrowing`.
  func setStep(_ x: VectorView<S>) { input = .rows(x.matrix(rows: batchSize, columns: inputSize)) }

  /// Sets the input of a step, `[N]`.
  func setStep(tokens indices: [Int32]) {
    for (n, token) in indices.enumerated() { tokens.vector[n] = token }
    input = .tokens(tokens.vector)
  }

  /// Ends the use of the caller's memory.
  func endBorrowing() {
    if case .rows = input { input = .rows(packedInput) }
  }

  /// Copies the steps from `start` on of elements `[T, N, width]` in the caller's order to packed rows. Padding is not
  /// read.
  ///
  /// - Parameter turns: whether the packed rows of a sequence run against time.
  func gather(_ source: VectorView<S>, from start: Int = 0, into packed: MatrixView<S>, turns: Bool = false) {
    copy(.toPacked, turns, packed, caller: source, from: start)
  }

  /// Copies packed rows to the steps from `start` on of elements `[T, N, width]` in the caller's order. Padding is not
  /// written.
  func scatter(_ packed: MatrixView<S>, into target: VectorView<S>, from start: Int = 0, turns: Bool = false) {
    copy(.fromPacked, turns, packed, caller: target, from: start)
  }

  private func copy(
    _ direction: RowCopy<S>.Direction, _ turns: Bool, _ packed: MatrixView<S>, caller elements: VectorView<S>,
    from start: Int
  ) {
    let (N, width) = (batchSize, packed.columns)
    let caller = elements.matrix(at: start * N * width, rows: packing.steps * N, columns: width)
    let job = RowCopy(direction: direction, packing: packing, turns: turns, packed: packed, caller: caller)
    team.run(job, tasks: job.tasks)
  }
}

/// The input of a stage: dense rows, or tokens that stand for one-hot rows.
enum StageInput<S: Scalar> {
  /// `[rows, I]`
  case rows(MatrixView<S>)
  /// `[rows]`
  case tokens(VectorView<Int32>)
  /// Not loaded yet.
  case none

  /// The rows.
  ///
  /// - Precondition: the input is dense.
  var dense: MatrixView<S> {
    guard case .rows(let rows) = self else { preconditionFailure("tokens have no rows") }
    return rows
  }
}
