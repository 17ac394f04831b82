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
