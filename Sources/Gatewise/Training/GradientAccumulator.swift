/// The gradient of several batches as if they were one: that of the mean over everything that counts in them,
///
///     g = Σ_k W_k g_k / Σ_k W_k        g_k: gradient of batch k's mean loss, W_k = Σ m w of its rows (see `Loss`)
///
/// Every batch is one of the K, also one in which nothing counts. Memory: one more vector of P numbers. Nothing is
/// allocated after the start.
struct GradientAccumulator<S: Scalar>: Sendable {
  /// K
  let batches: Int
  /// Batches since the last update.
  private(set) var taken = 0
  /// Their losses and Σ W_k.
  private(set) var sum = LossSum()
  /// Steps of their sequences, padding not counted.
  private(set) var rows = 0
  /// Σ W_k g_k, `[P]`; written by the first batch that counts.
  private var gradient: [S]

  /// Whether it is time for an update.
  var isFull: Bool { taken == batches }

  /// Nil for one batch, whose gradient needs no sum.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where K is below 1.
  init?(batches: Int, parameterCount: Int) throws(GatewiseError) {
    guard batches >= 1 else {
      throw .invalidArgument("An update of \(batches) batches was asked for; it takes at least 1.")
    }
    guard batches > 1 else { return nil }
    self.batches = batches
    gradient = Array(repeating: 0, count: parameterCount)
  }

  /// Takes in a batch by the gradient of its mean loss, `[P]`, which is not read where nothing counts in it. O(P).
  mutating func add(_ batch: LossSum, rows: Int, gradient: [S], team: ThreadTeam) {
    precondition(!isFull, "a batch for an update that has all of its own")
    taken += 1
    self.rows += rows
    guard batch.weight > 0 else { return }
    let isFirst = sum.weight == 0
    sum.weightedLoss += batch.weightedLoss
    sum.weight += batch.weight
    combine(gradient, factor: S(batch.weight), keeps: !isFirst, team: team)
  }

  /// The mean gradient, `[P]`, where anything counted. O(P).
  mutating func writeMean(to mean: inout [S], team: ThreadTeam) {
    mean.withUnsafeMutableBufferPointer { mean in
      gradient.withUnsafeBufferPointer { gradient in
        guard let mean = mean.baseAddress, let gradient = gradient.baseAddress else { return }
        let count = self.gradient.count
        let job = WeightedSum(count: count, factor: S(1 / sum.weight), x: gradient, sum: mean, keeps: false)
        team.run(job, tasks: job.tasks)
      }
    }
  }

  /// Forgets the batches since the last update.
  mutating func reset() { (taken, sum, rows) = (0, LossSum(), 0) }

  private mutating func combine(_ added: [S], factor: S, keeps: Bool, team: ThreadTeam) {
    let count = gradient.count
    gradient.withUnsafeMutableBufferPointer { gradient in
      added.withUnsafeBufferPointer { added in
        guard let gradient = gradient.baseAddress, let added = added.baseAddress else { return }
        let job = WeightedSum(count: count, factor: factor, x: added, sum: gradient, keeps: keeps)
        team.run(job, tasks: job.tasks)
      }
    }
  }
}

/// sum ← factor · x, with what stood there added where it is kept. One task is a block of elements.
private struct WeightedSum<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var elementsPerTask: Int { 1 << 15 }

  let count: Int
  let factor: S
  let x: UnsafePointer<S>
  let sum: UnsafeMutablePointer<S>
  let keeps: Bool

  var tasks: Int { (count + Self.elementsPerTask - 1) / Self.elementsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.elementsPerTask
    let end = min(count, first + Self.elementsPerTask)
    if keeps {
      for j in first..<end { sum[j] += factor * x[j] }
    } else {
      for j in first..<end { sum[j] = factor * x[j] }
    }
  }
}
