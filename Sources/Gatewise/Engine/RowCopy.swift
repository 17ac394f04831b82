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
  let width: Int
  /// Whether the packed rows of a sequence run against time.
  let turns: Bool
  /// `[rows, width]`
  let packed: UnsafeMutablePointer<S>
  /// `[T, N, width]`
  let caller: UnsafeMutablePointer<S>

  private var stepsPerTask: Int { max(1, Self.numbersPerTask / max(1, packing.batchSize * width)) }

  var tasks: Int { (packing.steps + stepsPerTask - 1) / stepsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let steps = task * stepsPerTask..<min(packing.steps, (task + 1) * stepsPerTask)
    if packing.isUniform, !turns {
      let numbers = packing.offset[steps.lowerBound] * width..<packing.offset[steps.upperBound] * width
      return copy(packed + numbers.lowerBound, caller + numbers.lowerBound, count: numbers.count)
    }
    for t in steps {
      for n in 0..<packing.active[t] {
        let step = turns ? packing.lengths[n] - 1 - t : t
        let callerRow = step * packing.batchSize + packing.order[n]
        copy(packed + (packing.offset[t] + n) * width, caller + callerRow * width, count: width)
      }
    }
  }

  private func copy(_ packed: UnsafeMutablePointer<S>, _ caller: UnsafeMutablePointer<S>, count: Int) {
    switch direction {
    case .toPacked: packed.update(from: caller, count: count)
    case .fromPacked: caller.update(from: packed, count: count)
    }
  }
}
