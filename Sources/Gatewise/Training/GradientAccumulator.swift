/// The gradient of several batches as of a single one, that is of the mean over all their weighted rows:
///
///     g = Σ_k W_k g_k / Σ_k W_k        g_k: gradient of batch k's mean loss, W_k = Σ m w of its rows (see `Loss`)
///
/// A batch with weight 0 also counts as one of the K. Memory: one more vector of P elements. Nothing is allocated after
/// initialization.
struct GradientAccumulator<S: Scalar>: Sendable {
  /// K
  let batches: Int
  /// The number of batches since the last update.
  private(set) var taken = 0
  /// The sums of their weighted losses and of W_k.
  private(set) var sum = LossSum()
  /// The number of steps of their sequences, without padding.
  private(set) var rows = 0
  /// Σ W_k g_k, `[P]`; first written by the first batch with a weight above 0.
  private var gradient: [S]

  /// Whether all K batches are in, so that an update is due.
  var isFull: Bool { taken == batches }

  /// Makes an accumulator; nil for one batch, whose gradient needs no sum.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if K is below 1.
  init?(batches: Int, parameterCount: Int) throws(GatewiseError) {
    guard batches >= 1 else {
      throw .invalidArgument("The number of batches per update must be at least 1, but is \(batches).")
    }
    guard batches > 1 else { return nil }
    self.batches = batches
    gradient = Array(repeating: 0, count: parameterCount)
  }

  /// Adds the gradient of a batch's mean loss, `[P]`, which is not read if the batch has weight 0. O(P).
  mutating func add(_ batch: LossSum, rows: Int, gradient: [S], team: ThreadTeam) {
    precondition(!isFull, "all \(batches) batches of the update have been added")
    taken += 1
    self.rows += rows
    guard batch.weight > 0 else { return }
    let isFirst = sum.weight == 0
    sum.weightedLoss += batch.weightedLoss
    sum.weight += batch.weight
    combine(gradient, factor: S(batch.weight), keeps: !isFirst, team: team)
  }

  /// Writes the mean gradient, `[P]`. The total weight must be above 0. O(P).
  mutating func writeMean(to mean: inout [S], team: ThreadTeam) {
    mean.withMutableView { mean in
      gradient.withView { gradient in
        let job = WeightedSum(factor: S(1 / sum.weight), x: gradient, sum: mean, keeps: false)
        team.run(job, tasks: job.tasks)
      }
    }
  }

  /// Discards the batches since the last update.
  mutating func reset() { (taken, sum, rows) = (0, LossSum(), 0) }

  private mutating func combine(_ added: [S], factor: S, keeps: Bool, team: ThreadTeam) {
    gradient.withMutableView { gradient in
      added.withView { added in
        let job = WeightedSum(factor: factor, x: added, sum: gradient, keeps: keeps)
        team.run(job, tasks: job.tasks)
      }
    }
  }
}

/// The job that computes sum ← factor · x, or sum ← sum + factor · x if `keeps`. One task is a block of elements.
private struct WeightedSum<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var elementsPerTask: Int { 1 << 15 }

  let factor: S
  let x: VectorView<S>
  let sum: VectorView<S>
  let keeps: Bool

  var tasks: Int { (x.count + Self.elementsPerTask - 1) / Self.elementsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.elementsPerTask
    let end = min(x.count, first + Self.elementsPerTask)
    if keeps {
      for j in first..<end { sum[j] += factor * x[j] }
    } else {
      for j in first..<end { sum[j] = factor * x[j] }
    }
  }
}
