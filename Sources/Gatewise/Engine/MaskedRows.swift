/// y = x ∘ masks over all rows of a window; y may be x. One task is some steps.
struct MaskedRows<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var numbersPerTask: Int { 32_768 }

  let packing: SequencePacking
  /// By step and sequence.
  let ofSteps: DropMask?
  /// By sequence.
  let ofSequences: DropMask?
  /// `[rows]`: t·N + n of each.
  let callerRows: VectorView<Int>
  /// x `[rows, width]`
  let input: MatrixView<S>
  /// y `[rows, width]`
  let output: MatrixView<S>

  private var stepsPerTask: Int { max(1, Self.numbersPerTask / max(1, packing.batchSize * output.columns)) }

  var tasks: Int { (packing.steps + stepsPerTask - 1) / stepsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    for t in task * stepsPerTask..<min(packing.steps, (task + 1) * stepsPerTask) {
      for n in 0..<packing.active[t] {
        let row = packing.offset[t] + n
        let y = output[row]
        var x = input[row]
        if let ofSteps {
          ofSteps.apply(row: callerRows[row], x, into: y)
          x = y
        }
        if let ofSequences { ofSequences.apply(row: packing.order[n], x, into: y) }
      }
    }
  }
}
