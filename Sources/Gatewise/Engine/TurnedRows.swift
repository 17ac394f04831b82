/// Copies packed rows, or some of their columns, in the order of time or, sequence by sequence, against it: what lets
/// the reverse direction of a layer run as a forward one. One task is some steps.
struct TurnedRows<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Numbers that a thread copies no slower than it could be told to.
  private static var numbersPerTask: Int { 32_768 }

  let packing: SequencePacking
  /// Whether step t of a sequence goes to its step length - 1 - t.
  let turns: Bool
  /// `[rows, width]`
  let source: MatrixView<S>
  /// `[rows, width]`
  let target: MatrixView<S>
  /// What adds to the target; nil where it is overwritten.
  var adding: Kernels<S>?

  private var stepsPerTask: Int { max(1, Self.numbersPerTask / max(1, packing.batchSize * source.columns)) }

  var tasks: Int { (packing.steps + stepsPerTask - 1) / stepsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    for t in task * stepsPerTask..<min(packing.steps, (task + 1) * stepsPerTask) {
      for n in 0..<packing.active[t] {
        let (x, y) = (source[packing.row(t, n, turned: turns)], target[packing.offset[t] + n])
        if let adding { adding.add(x, to: y) } else { y.copy(from: x) }
      }
    }
  }
}
