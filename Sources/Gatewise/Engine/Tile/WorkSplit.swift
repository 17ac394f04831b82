/// How the recurrent part of a layer is shared between threads: by sequences, which never wait for each other, or,
/// where there are few, by hidden units, which meet after every step. By the tile a result has the same bits either
/// way.
///
/// Figures are for two cores of a Zen 4; they were taken with `gatewise bench` and the kernels' micro-benchmarks.
struct WorkSplit: Equatable {
  /// Sequences that one task takes through all steps.
  let sequencesPerBlock: Int
  /// Parts of the units that meet after every step; 1: the tasks are blocks of sequences.
  let unitParts: Int
  /// Steps whose input product is made at once, ahead of the recurrence; 1: in the step itself, in one chain with the
  /// recurrent product.
  let stepsAhead: Int

  /// A tile of 4 rows and more runs at full speed; of one or two it waits for the weights to come from the cache.
  private static let fullTile = 4
  /// Operations of a step below which its halves are done before the threads have met.
  private static let operationsWorthMeeting = 500_000
  /// More sequences than that in a block gain nothing.
  private static let largestBlock = 64
  /// Sequences of different lengths: a block of the longest works more than one of the shortest, and small blocks even
  /// that out.
  private static let raggedBlock = 8
  /// Rows of pre-activations that are made ahead: enough to read the weights once for many, few enough to stay in
  /// the cache.
  static let rowsAhead = 64

  /// - Parameter directions: how many passes share the threads side by side.
  init<S: Scalar>(
    _ packing: SequencePacking, hiddenSize H: Int, takesTokens: Bool, threads: Int, directions: Int = 1,
    kernels: Kernels<S>
  ) {
    let (N, threads) = (packing.batchSize, max(1, threads / directions))
    let isSmall = N < Self.fullTile * threads
    unitParts =
      isSmall && threads > 1 && Self.isWorthMeeting(N, H)
      ? Self.parts(of: H, threads: threads, kernels) : 1
    if unitParts > 1 {
      sequencesPerBlock = N
    } else {
      let share = max((N + threads - 1) / threads, min(2, N))
      sequencesPerBlock = min(share, packing.isUniform ? Self.largestBlock : Self.raggedBlock)
    }
    let makesAhead = packing.steps > 1 && N < Self.fullTile && sequencesPerBlock >= N && !takesTokens
    stepsAhead = makesAhead ? max(1, Self.rowsAhead / N) : 1
  }

  /// As many parts as there are threads, but none without units.
  static func parts<S: Scalar>(of units: Int, threads: Int, _ kernels: Kernels<S>) -> Int {
    (1...threads).last { !kernels.part(0, of: $0, ofUnits: units).isEmpty } ?? 1
  }

  /// Whether a step by itself is shared, and long enough that threads should be woken for it.
  func isWorthMeeting(_ packing: SequencePacking, hiddenSize H: Int) -> Bool {
    (unitParts > 1 || blocks(packing) > 1) && Self.isWorthMeeting(packing.batchSize, H)
  }

  private static func isWorthMeeting(_ N: Int, _ H: Int) -> Bool { 8 * N * H * H >= operationsWorthMeeting }

  /// The most rows that one call of a kernel gets, and the most calls at once.
  func largestCalls(_ packing: SequencePacking) -> (rows: Int, count: Int) {
    (
      max(sequencesPerBlock, stepsAhead > 1 ? stepsAhead * packing.batchSize : 0),
      max(unitParts, blocks(packing))
    )
  }

  /// A bound of the rows of all calls at once, for N sequences.
  static func mostRowsOfCalls(_ sequences: Double, threads: Int) -> Double {
    let threads = Double(threads)
    return sequences + Double(largestBlock) + threads
      * max(Double(rowsAhead), min(sequences, Double(fullTile) * threads))
  }

  /// The number of blocks of sequences.
  func blocks(_ packing: SequencePacking) -> Int {
    (packing.batchSize + sequencesPerBlock - 1) / sequencesPerBlock
  }
}
