/// Copies the rows of a window between the caller's order `[T, N, width]` and packed order. Padding is neither read nor
/// written. One task is some steps.
struct RowCopy<S: Scalar>: TeamJob, @unchecked Sendable {
  /// Which of the two orders is read.
  enum Direction {
    case toPacked
    case fromPacked
  }

  /// Enough numbers that a thread copies them no slower than it could be told to.
  private static var numbersPerTask: Int { 32_768 }

  let direction: Direction
  let packing: SequencePacking
  /// Whether the packed rows of a sequence run against time.
  let turns: Bool
  /// `[rows, width]`
  let packed: MatrixView<S>
  /// `[T·N, width]`
  let caller: MatrixView<S>

  private var stepsPerTask: Int { max(1, Self.numbersPerTask / max(1, packing.batchSize * packed.columns)) }

  var tasks: Int { (packing.steps + stepsPerTask - 1) / stepsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let steps = task * stepsPerTask..<min(packing.steps, (task + 1) * stepsPerTask)
    if packing.isUniform, !turns {
      let rows = packing.offset[steps.lowerBound]..<packing.offset[steps.upperBound]
      return copy(packed.rows(rows).elements, caller.rows(rows).elements)
    }
    for t in steps {
      for n in 0..<packing.active[t] {
        let step = turns ? packing.lengths[n] - 1 - t : t
        copy(packed[packing.offset[t] + n], caller[step * packing.batchSize + packing.order[n]])
      }
    }
  }

  private func copy(_ packed: VectorView<S>, _ caller: VectorView<S>) {
    switch direction {
    case .toPacked: packed.copy(from: caller)
    case .fromPacked: caller.copy(from: packed)
    }
  }
}
