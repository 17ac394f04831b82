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

/// What is known of the sequences of windows before there is memory for them.
struct WindowSequences: Sendable {
  /// Whether they may be of different lengths.
  let areUneven: Bool
  /// Whether their input may be dense.
  let isDense: Bool
  /// The rows of the fullest window; nil where it may be T·N.
  let rows: Int?

  /// Nothing is known.
  static let any = WindowSequences(areUneven: true, isDense: true, rows: nil)

  /// Whether dense input has to be copied: otherwise it is read where it lies.
  var packsInput: Bool { areUneven && isDense }

  /// Whether memory that was made for these does for others.
  func includes(_ others: WindowSequences) -> Bool {
    (areUneven || !others.areUneven) && (packsInput || !others.packsInput)
  }
}

extension WindowSequences {
  /// What is known where a batch runs in windows of `window` steps.
  ///
  /// - Parameter endsWithLongest: whether there is no step behind the end of the longest sequence.
  init<S: Scalar>(_ batch: SequenceBatch<S>, window: Int, endsWithLongest: Bool) {
    guard let lengths = batch.lengths else {
      self.init(areUneven: false, isDense: batch.tokens.isEmpty, rows: nil)
      return
    }
    let longest = endsWithLongest ? lengths.max() ?? 0 : batch.steps
    // None begins later than another, so that the first window has most rows.
    self.init(
      areUneven: lengths.contains { $0 != longest }, isDense: batch.tokens.isEmpty,
      rows: lengths.reduce(0) { $0 + min($1, window) })
  }
}

/// How the steps of N sequences of different lengths lie one after the other without padding.
///
/// Sequences are ordered by length, the longest first, so that the ones still running at step t are the first
/// `active[t]` rows. The rows of step t start at `offset[t]`; there are `rows` of them in all, and every product runs
/// over these alone. Buffers of states have N rows more in front: the state before the first step.
///
/// Where all lengths are equal the order is the caller's and the rows are just `[T·N]`.
struct SequencePacking {
  /// T: the number of steps of the longest sequence.
  private(set) var steps = 0
  /// N: the number of sequences.
  private(set) var batchSize: Int
  /// The caller's number of each packed sequence, `[N]`.
  private(set) var order: [Int]
  /// The length of each packed sequence, `[N]`, never increasing.
  private(set) var lengths: [Int]
  /// How many sequences have a step t, `[T]`.
  private(set) var active: [Int]
  /// The first row of step t, `[T + 1]`; the last is `rows`.
  private(set) var offset: [Int]
  /// The sum of all lengths.
  private(set) var rows = 0
  /// Whether every sequence has T steps.
  private(set) var isUniform = true
  /// Room for windows of up to `maximumSteps` steps of `batchSize` sequences.
  init(maximumSteps: Int, batchSize: Int) {
    self.batchSize = batchSize
    order = Array(0..<batchSize)
    lengths = Array(repeating: 0, count: batchSize)
    active = Array(repeating: 0, count: maximumSteps)
    offset = Array(repeating: 0, count: maximumSteps + 1)
  }

  /// Packs `batchSize` sequences that all have `steps` steps.
  mutating func pack(steps: Int, batchSize: Int) {
    self.steps = steps
    self.batchSize = batchSize
    isUniform = true
    rows = steps * batchSize
    for n in 0..<batchSize {
      order[n] = n
      lengths[n] = steps
    }
    for t in 0..<steps {
      active[t] = batchSize
      offset[t] = t * batchSize
    }
    offset[steps] = rows
  }

  /// Packs the steps `start ..< start + steps` of sequences with the given lengths, `[N]`.
  mutating func pack(steps: Int, lengths whole: [Int], from start: Int = 0) {
    batchSize = whole.count
    func clipped(_ n: Int) -> Int { min(max(whole[n] - start, 0), steps) }
    // A counting sort by length: stable, and without memory of its own.
    for t in 0..<steps { active[t] = 0 }
    for n in 0..<batchSize where clipped(n) > 0 { active[clipped(n) - 1] += 1 }
    for t in stride(from: steps - 2, through: 0, by: -1) { active[t] += active[t + 1] }
    // active[t] is now the number of sequences with more than t steps. Those of length k come after those that are
    // longer, of which there are active[k] (none where k is T).
    self.steps = steps
    rows = 0
    for t in 0..<steps {
      offset[t] = rows
      rows += active[t]
    }
    offset[steps] = rows
    isUniform = rows == steps * batchSize
    var next = 0
    for length in stride(from: steps, through: 0, by: -1) {
      for n in 0..<batchSize where clipped(n) == length {
        order[next] = n
        lengths[next] = length
        next += 1
      }
      if next == batchSize { break }
    }
    while self.steps > 0, active[self.steps - 1] == 0 { self.steps -= 1 }
  }

  /// Sequences that one task of the plain path takes through all steps: by the batch, never by the number of threads.
  /// OpenBLAS packs R anew for every product, which more rows repay: at N 64, 16 in place of 32 costs a fifth. Half as
  /// many where the batch would otherwise be one block or less than two.
  var sequencesPerPlainBlock: Int { batchSize >= 64 ? 32 : 16 }

  /// The number of such tasks.
  var plainBlocks: Int { (batchSize + sequencesPerPlainBlock - 1) / sequencesPerPlainBlock }

  /// The row of a state buffer where the state before step t starts; t = T is the last state.
  func stateRow(before t: Int) -> Int { t == 0 ? 0 : batchSize + offset[t - 1] }

  /// The row of step t of packed sequence n or, where it is turned, of its step length - 1 - t.
  @inline(__always)
  func row(_ t: Int, _ n: Int, turned: Bool) -> Int { offset[turned ? lengths[n] - 1 - t : t] + n }
}
